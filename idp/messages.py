"""Every sentence in the reader's language: catalogues, dates, countries, and which language to choose.

What it is for: web pages, mails and the command line ask here, in `en` or `zh-CN`. Sentences of pages stand in
`translations/*/LC_MESSAGES/gerege.po` under their English text; reasons of policies and evidence of risk stand in
`translations/reasons.*.toml` under message ids with dots, both languages side by side. Nothing is compiled beforehand.
What it does not do: no Flask, no HTML, no guessing of a place's language from its network.
Spec: RFC 9110 §12.5.4 (Accept-Language), OpenID Connect Core §3.1.2.1 (`ui_locales`).
"""

import logging
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

Language = Literal["en", "zh-CN"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")
OWN_NAMES: Mapping[Language, str] = {"en": "English", "zh-CN": "简体中文"}
TRANSLATIONS = Path(__file__).parent / "translations"

_KEYS: Mapping[Language, str] = {"en": "en", "zh-CN": "zh"}
_FOLDERS: Mapping[Language, str] = {"en": "en", "zh-CN": "zh_CN"}
_LOCALES: Mapping[Language, Locale] = {"en": Locale("en", "GB"), "zh-CN": Locale("zh", "CN", script="Hans")}
_DAY: Mapping[Language, str] = {"en": "d MMMM y", "zh-CN": "y年M月d日"}
_MOMENT: Mapping[Language, str] = {"en": "d MMMM y, HH:mm", "zh-CN": "y年M月d日 HH:mm"}

Catalogue = Mapping[str, tuple[str, ...]]
"""Message id → its forms: one, or one for each plural of the language."""

log = logging.getLogger(__name__)


class MissingMessage(LookupError):
    """A message id, or a placeholder's value, that is not there. Raised in tests; in production English stands in."""


class BrokenCatalogue(ValueError):
    """A file of sentences that cannot be used; names the file and the id."""


class Messages:
    """The catalogues of all languages.

    Args:
        catalogues: one for each of `LANGUAGES`.
        strict: raise `MissingMessage` instead of falling back; tests set it.
    """

    def __init__(self, catalogues: Mapping[Language, Catalogue], *, strict: bool = False) -> None:
        self.catalogues = catalogues
        self.strict = strict

    @classmethod
    def load(cls, folder: Path = TRANSLATIONS, *, own: Path | None = None, strict: bool = False) -> "Messages":
        """Reads every catalogue. Raises: BrokenCatalogue, naming file and id.

        Args:
            own: a file of further reasons, such as the `messages.toml` beside an operator's rules; it may be absent.
        """
        reasons = [_read_reasons(path) for path in sorted(folder.glob("reasons.*.toml"))]
        reasons += [_read_reasons(own)] if own is not None and own.exists() else []
        catalogues: dict[Language, Catalogue] = {}
        for language in LANGUAGES:
            merged = _read_po(folder / _FOLDERS[language] / "LC_MESSAGES" / "gerege.po", language)
            for file in reasons:
                merged.update(file[language])
            catalogues[language] = merged
        return cls(catalogues, strict=strict)

    def text(self, language: Language, msgid: str, /, **params: object) -> str:
        """The sentence `msgid` with its named placeholders filled. A literal per cent sign is written `%%`."""
        return self._fill(self.sentence(language, msgid), params)

    def ngettext(self, language: Language, one: str, many: str, count: int, /, **params: object) -> str:
        """The form of the sentence for `count` things; `%(num)s` and `%(count)s` are the number."""
        chosen = self.sentence(language, one, count, many)
        return self._fill(chosen, {"num": count, "count": count, **params})

    def sentence(self, language: Language, msgid: str, count: int = 1, many: str | None = None) -> str:
        """The sentence with its placeholders still open."""
        forms = self.catalogues[language].get(msgid)
        if forms is None:
            if self.strict:
                raise MissingMessage(f"no {language} text for {msgid!r}")
            log.error("no %s text for %r", language, msgid)
            forms = self.catalogues["en"].get(msgid, (msgid, many or msgid))
        return forms[0 if count == 1 else -1]

    def _fill(self, sentence: str, params: Mapping[str, object]) -> str:
        try:
            return sentence % params
        except (KeyError, ValueError, TypeError) as problem:
            if self.strict:
                raise MissingMessage(f"{sentence!r} cannot be filled with {sorted(params)}") from problem
            log.error("%r cannot be filled with %s", sentence, sorted(params))
            return sentence % _Blank(params)


class _Blank(dict[str, object]):
    """Stands in for facts that are missing, so that a page is still a page."""

    def __missing__(self, key: str) -> str:
        return "…"


def _read_po(path: Path, language: Language) -> dict[str, tuple[str, ...]]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=_FOLDERS[language], abort_invalid=True)
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        msgid = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        if all(forms):
            found[msgid] = forms
    return found


def _read_reasons(path: Path) -> dict[Language, dict[str, tuple[str, ...]]]:
    try:
        entries = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as problem:
        raise BrokenCatalogue(f"{path.name}: {problem}") from problem
    found: dict[Language, dict[str, tuple[str, ...]]] = {"en": {}, "zh-CN": {}}
    for msgid, texts in entries:
        for language, key in _KEYS.items():
            text = texts.get(key)
            if not isinstance(text, str) or not text.strip():
                raise BrokenCatalogue(f"{path.name}: [{msgid}] has no text {key!r}")
            found[language][msgid] = (text,)
    return found


def _flat(table: Mapping[str, object], above: str = "") -> Iterable[tuple[str, Mapping[str, object]]]:
    """`[policy.x]` and `["policy.x"]` are the same id."""
    for key, value in table.items():
        if not isinstance(value, Mapping):
            raise BrokenCatalogue(f"{above or 'top'}: {key} is not a table")
        msgid = f"{above}.{key}" if above else key
        if isinstance(value.get("en", value.get("zh")), str):
            yield msgid, value
        else:
            yield from _flat(value, msgid)


# --- the reader's way of writing ------------------------------------------------------------------------------------


def country(code: str, language: Language) -> str:
    """The name of an ISO 3166-1 alpha-2 country or region; the code itself when nobody knows it."""
    name: str = _LOCALES[language].territories.get(code.upper(), code)
    return name


def day(at: datetime, language: Language, zone: str) -> str:
    """23 November 2026 / 2026年11月23日."""
    return format_datetime(at, _DAY[language], tzinfo=ZoneInfo(zone), locale=_LOCALES[language])


def clock(at: datetime, zone: str) -> str:
    """12:39."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def moment(at: datetime, language: Language, zone: str) -> str:
    """Day, minute and zone: 23 November 2026, 12:39 (UTC+8) / 2026年11月23日 12:39（UTC+8）."""
    said = format_datetime(at, _MOMENT[language], tzinfo=ZoneInfo(zone), locale=_LOCALES[language])
    offset = _offset(at, zone)
    return f"{said}（{offset}）" if language == "zh-CN" else f"{said} ({offset})"


def _offset(at: datetime, zone: str) -> str:
    minutes = round((at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def span(length: timedelta, language: Language) -> str:
    """3 hours / 3 小时: the largest unit that fits."""
    said = format_timedelta(length, threshold=1.5, locale=_LOCALES[language])
    return re.sub(r"(?<=\d)(?=[\u4e00-\u9fff])", " ", said)


def number(value: float, language: Language) -> str:
    """8,412."""
    return format_decimal(value, locale=_LOCALES[language])


def percent(ratio: float, language: Language) -> str:
    """98.1%, from a ratio of 0 to 1."""
    return format_percent(ratio, "0.#%", locale=_LOCALES[language])


# --- which language ---------------------------------------------------------------------------------------------------


def choose(
    query: str | None = None,
    cookie: str | None = None,
    ui_locales: str | None = None,
    person: str | None = None,
    accept_language: str | None = None,
    default: Language = "en",
) -> Language:
    """The reader's language: what they pressed, then what the application asks, then their setting, then the browser's.

    Args:
        query: `?lang=`, which the caller keeps in a cookie.
        cookie: what was kept.
        ui_locales: space-separated tags of the authorization request.
        person: the signed-in person's setting.
        accept_language: the header, with its weights.
    """
    wishes = [query, cookie, *(ui_locales or "").split(), person, *_by_weight(accept_language or "")]
    return next((found for found in map(_match, wishes) if found), default)


def _match(tag: str | None) -> Language | None:
    primary = (tag or "").strip().replace("_", "-").lower().split("-")[0]
    return {"en": LANGUAGES[0], "zh": LANGUAGES[1]}.get(primary)


def _by_weight(header: str) -> list[str]:
    """Tags of an Accept-Language header, heaviest first; `q=0` means never, nonsense weighs nothing."""
    weighed: list[tuple[float, str]] = []
    for part in header[:1000].split(","):
        tag, _, rest = part.partition(";")
        name, _, value = rest.strip().partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weight = 0.0
        if 0 < weight <= 1:
            weighed.append((weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]
