"""Browser and system families of a User-Agent string: what stays the same over updates.

Families only, no versions: those change every four weeks and would make every update look like a new device. Not a
proof of anything, as the sender writes the string; hence a wrong guess costs nothing but a step-up.
Spec: RFC 9110 §10.1.5.
"""

from typing import NamedTuple

READ_AT_MOST = 1024  # characters; real ones have fewer than 300

# The first mark that occurs wins: nearly all claim to be Safari and Chrome, so the particular come first.
BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("DingTalk/", "DingTalk"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("QQBrowser/", "QQ Browser"),
    ("UCBrowser/", "UC Browser"),
    ("QihooBrowser/", "360 Browser"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
)
SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
)


class Agent(NamedTuple):
    """Family names in English, e.g. ("Firefox", "Linux"); None when unknown."""

    browser: str | None
    system: str | None


def families(user_agent: str | None) -> Agent:
    """Read the families of a User-Agent string. Any text will do, and None; only its beginning is read."""
    text = (user_agent or "")[:READ_AT_MOST]
    return Agent(_first(text, BROWSERS), _first(text, SYSTEMS))


def _first(text: str, marks: tuple[tuple[str, str], ...]) -> str | None:
    return next((family for mark, family in marks if mark in text), None)
