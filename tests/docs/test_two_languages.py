"""The Chinese documents keep step with the English ones, and quote the pages as the catalogue has them."""

import re
from pathlib import Path

import pytest

from idp.messages import Messages

ROOT = Path(__file__).parent.parent.parent
PEOPLE = ROOT / "docs/howto/people"
ENGLISH = sorted(path.name for path in (PEOPLE / "en").glob("*.md"))
CATALOGUES = Messages.load(strict=True).catalogues
HAN = "\u4e00-\u9fff"


def fences(path: Path) -> list[str]:
    """Blocks of code without their comments: comments are in the reader's language."""
    found = re.findall(r"^```[a-z]*\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+#.*", "", block) for block in found]


def headings(path: Path) -> list[int]:
    plain = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [len(marks) for marks in re.findall(r"^(#+) ", plain, re.MULTILINE)]


def links(path: Path) -> set[str]:
    return {to.split("#")[0] for to in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))}


def bold(path: Path) -> list[str]:
    return re.findall(r"\*\*(.+?)\*\*", path.read_text("utf-8"))


def chinese(text: str) -> str:
    """Prose alone: no code, no addresses."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "甲", text)


def test_the_readme_says_the_same_in_chinese() -> None:
    one, other = ROOT / "README.md", ROOT / "README.zh-CN.md"
    assert fences(one) == fences(other)
    assert headings(one) == headings(other)
    own = {"README.zh-CN.md", "docs/howto/people/en/README.md"}
    assert links(one) - links(other) - own == set()
    for command in re.findall(r"`(make [^`]+)`", one.read_text("utf-8")):
        assert f"`{command}`" in other.read_text("utf-8"), command


@pytest.mark.parametrize("name", ENGLISH)
def test_a_how_to_for_people_is_in_both_languages(name: str) -> None:
    one, other = PEOPLE / "en" / name, PEOPLE / "zh-CN" / name
    assert headings(one) == headings(other)
    steps = [re.findall(r"^(\d+\.|-) ", path.read_text("utf-8"), re.MULTILINE) for path in (one, other)]
    assert steps[0] == steps[1]


@pytest.mark.parametrize("name", ENGLISH)
def test_what_is_quoted_stands_on_a_page(name: str) -> None:
    english = bold(PEOPLE / "en" / name)
    assert [text for text in english if text not in CATALOGUES["en"]] == []
    wanted = [CATALOGUES["zh-CN"][text][0] for text in english]
    assert bold(PEOPLE / "zh-CN" / name) == wanted


def test_no_how_to_is_in_one_language_only() -> None:
    assert {path.name for path in (PEOPLE / "zh-CN").glob("*.md")} == set(ENGLISH)
    assert len(ENGLISH) >= 6


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.zh-CN.md", *sorted((PEOPLE / "zh-CN").glob("*.md"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_chinese_prose_has_full_width_punctuation(path: Path) -> None:
    text = chinese(path.read_text("utf-8"))
    assert re.findall(rf"[{HAN}][,;:?!]|[{HAN}]\.(?:\s|$)|[,;:?!][{HAN}]", text) == []
    assert "你" not in text
