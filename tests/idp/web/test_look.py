"""The style sheet's own rules: contrast, logical properties, weight, the floor of browsers, classes that are there."""

import gzip
import re

import pytest

from idp.web.render import TEMPLATES
from idp.web.static_files import FOLDER, StaticFiles

CSS = (FOLDER / "gerege.css").read_text("utf-8")
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
SCHEMES = dict(zip(("light", "dark"), re.findall(r":root \{(.*?)\}", RULES, re.DOTALL), strict=False))
NORMAL, LARGE = 4.5, 3.0
"""WCAG 2.2 §1.4.3 and §1.4.11."""
TEXT = [
    (ink, ground, NORMAL) for ink in ("text", "muted", "link", "bad", "good", "warn") for ground in ("page", "panel")
]
TEXT += [("text", f"{tone}-tint", NORMAL) for tone in ("bad", "good", "warn")]
TEXT += [(tone, f"{tone}-tint", NORMAL) for tone in ("bad", "good", "warn")]
TEXT += [("on-link", "link", NORMAL), ("on-link", "link-strong", NORMAL), ("link-strong", "tint", NORMAL)]
TEXT += [("text", "tint", NORMAL), ("edge", "page", LARGE), ("edge", "panel", LARGE), ("seal", "panel", LARGE)]
SIDES = "left|right|top|bottom"
PHYSICAL = (
    rf"(?:margin|padding|border)-(?:{SIDES})\b|text-align:\s*(?:left|right)|float:"
    rf"|(?<![\w-])(?:{SIDES}|(?:min-|max-)?(?:width|height))\s*:"
)
NEWER_CSS = ("light-dark(", "color-mix(", "oklch(", "@layer", "@container", "@scope", "@starting-style", "subgrid", "&")
NEWER_JS = (
    r"\?\?=",
    r"\|\|=",
    r"&&=",
    r"\.at\(",
    r"\bstructuredClone\b",
    r"\.toSorted\(",
    r"\bObject\.groupBy\b",
    r"static \{",
)
DYNAMIC = {"person", "detail", "integrity", "welcome", "allowed", "deep", "tags"}
"""Names in templates that only scripts or tests look for, or that are finished by a number."""


def tokens(scheme: str) -> dict[str, str]:
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,8})\b", SCHEMES["light"]))
    return found | (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,8})\b", SCHEMES["dark"])) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    digits = colour[1:]
    full = "".join(one * 2 for one in digits) if len(digits) == 3 else digits[:6]
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#ffbf47", "#ffffff") == pytest.approx(1.64, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_ink_can_be_read_on_its_ground(scheme: str) -> None:
    colour = tokens(scheme)
    weak = {(ink, ground): contrast(colour[ink], colour[ground]) for ink, ground, _ in TEXT}
    assert {pair: ratio for (*pair_, least) in TEXT if (ratio := weak[pair := (pair_[0], pair_[1])]) < least} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_is_seen_on_light_and_on_dark(scheme: str) -> None:
    """Two tones: on any ground one of the two rings stands out."""
    colour = tokens(scheme)
    for ground in ("page", "panel", "link", "bad-tint", "warn-tint", "good-tint", "tint"):
        rings = (contrast(colour["focus"], colour[ground]), contrast(colour["ring"], colour[ground]))
        assert max(rings) >= LARGE, (scheme, ground)


def test_the_sheet_stays_small() -> None:
    assert len(CSS.encode()) <= 45_000
    assert len(gzip.compress(CSS.encode(), 9)) <= 9_000


def test_only_logical_properties() -> None:
    declared = re.sub(r"@media[^{]*\{", "{", RULES)
    assert re.findall(PHYSICAL, declared) == []
    assert re.findall(PHYSICAL, "a { margin-left: 1px; width: 2px }") != []


def test_no_colour_outside_the_tokens() -> None:
    outside = re.sub(r":root \{.*?\}", "", RULES, flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", outside)) <= {"#fff", "#000", "#0005", "#000a"}


def test_every_way_of_seeing_is_thought_of() -> None:
    for query in ("prefers-color-scheme: dark", "forced-colors: active", "prefers-reduced-motion", "@media print"):
        assert query in RULES, query
    assert "url(" not in RULES
    assert "@import" not in RULES


def test_the_sheet_needs_no_browser_newer_than_the_floor() -> None:
    """`:has` only where the rest stands without it. The floor is in docs/browsers.md."""
    supported = re.sub(r"@supports selector\(:has\(a\)\) \{.*\}\n", "", RULES)
    assert ":has(" not in supported
    assert [one for one in NEWER_CSS if one in RULES] == []


def test_the_scripts_need_no_browser_newer_than_the_floor() -> None:
    for path in FOLDER.glob("*.js"):
        text = path.read_text("utf-8")
        assert [one for one in NEWER_JS if re.search(one, text)] == [], path.name


def test_every_class_of_a_template_has_its_rule() -> None:
    ruled = set(re.findall(r"\.([a-zA-Z][\w-]*)", RULES)) | DYNAMIC
    scripts = " ".join(path.read_text("utf-8") for path in FOLDER.glob("*.js"))
    missing = []
    for path in sorted(TEMPLATES.glob("*.html")):
        for named in re.findall(r'class="([^"]*)"', path.read_text("utf-8")):
            plain = re.sub(r"\S*(\{\{.*?\}\}|\{%.*?%\})\S*", " ", named)
            missing += [f"{path.name}: {one}" for one in plain.split() if one not in ruled and one not in scripts]
    assert missing == []


def test_no_template_brings_style_or_script_of_its_own() -> None:
    for path in sorted(TEMPLATES.glob("*.html")):
        text = path.read_text("utf-8")
        assert not re.search(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\ssrc=)', text), path.name
        assert not re.search(r'(src|href)="(https?:)?//', text), path.name


def test_static_files_are_packed_once_and_vary() -> None:
    files = StaticFiles()
    for path in FOLDER.iterdir():
        if path.suffix in (".css", ".js", ".svg"):
            _, headers, body = files.answer(files.url(path.name), "gzip, br")
            said = dict(headers)
            assert said["Vary"] == "Accept-Encoding"
            assert len(body) <= path.stat().st_size
