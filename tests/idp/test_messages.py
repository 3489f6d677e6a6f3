"""The catalogues agree with each other and with the templates; Chinese is Chinese; languages are chosen in order."""

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from idp.messages import (
    TRANSLATIONS,
    BrokenCatalogue,
    Messages,
    MissingMessage,
    choose,
    clock,
    country,
    day,
    moment,
    number,
    percent,
    span,
)
from tools.messages import path, used

LOADED = Messages.load(strict=True)
ENGLISH, CHINESE = LOADED.catalogues["en"], LOADED.catalogues["zh-CN"]
AT = datetime(2026, 11, 23, 4, 39, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
HAN = "\u4e00-\u9fff"
NAMES = {"JavaScript", "Cookie", "Keycloak", "OpenID", "Connect", "Gerege", "Flask", "Django", "Java", "StartTLS"}
TERMS = {"openid", "Userinfo", "DPoP", "compat", "standard", "http", "https", "localhost", "abc", "uid", "mail"}
CODE = re.compile(r"[a-z.]+:[\x21-\x7e]+|[a-z]+(?:_[a-z]+)+|[a-z]+=[a-z]+|\[\[[a-z.]+\]\]")
"""What is typed to the letter: addresses, names of parameters and of tables, parts of a DN."""


def test_both_languages_have_the_same_sentences() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    assert len(ENGLISH) > 300


def test_both_languages_fill_the_same_placeholders() -> None:
    for msgid, forms in ENGLISH.items():
        english = set(PLACEHOLDER.findall(" ".join(forms)))
        assert english == set(PLACEHOLDER.findall(" ".join(CHINESE[msgid]))), msgid


def test_every_sentence_can_be_filled() -> None:
    for catalogue in (ENGLISH, CHINESE):
        for msgid, forms in catalogue.items():
            for form in forms:
                assert form % dict.fromkeys(PLACEHOLDER.findall(form), "x"), msgid


def test_no_english_is_left_in_chinese() -> None:
    for msgid, forms in CHINESE.items():
        for form in forms:
            words = re.findall(r"[A-Za-z]{2,}", CODE.sub(" ", re.sub(r"%\(\w+\)s|</?b>", " ", form)))
            assert [word for word in words if word not in NAMES | TERMS and not word.isupper()] == [], msgid


def test_chinese_punctuation_is_full_width_and_polite() -> None:
    for msgid, forms in CHINESE.items():
        for form in forms:
            text = PLACEHOLDER.sub("甲", form)
            assert not re.search(rf"[{HAN}][,;:!?()]|[,;:!?()][{HAN}]|[{HAN}]\.(\s|$)|\.\.\.", text), (msgid, form)
            assert "你" not in text, msgid


def test_a_sentence_of_the_pages_ends_alike_in_both_languages() -> None:
    for msgid, (form, *_) in CHINESE.items():
        if msgid.endswith(".") and " " in msgid:
            assert form.endswith(("。", "！")), msgid


def test_the_catalogues_hold_exactly_what_the_pages_use() -> None:
    wanted = {one.id if isinstance(one.id, str) else one.id[0] for one in used() if one.id}
    for language in ("en", "zh_CN"):
        with path(language).open("rb") as file:
            kept = {one.id if isinstance(one.id, str) else one.id[0] for one in read_po(file) if one.id}
        assert wanted - kept == set(), "run python tools/messages.py"
        assert kept - wanted == set(), "run python tools/messages.py"


def test_a_missing_sentence_is_an_error_in_tests() -> None:
    with pytest.raises(MissingMessage, match="no zh-CN text"):
        LOADED.text("zh-CN", "nobody wrote this")


def test_a_missing_sentence_falls_back_to_english_in_production(caplog: pytest.LogCaptureFixture) -> None:
    lenient = Messages({"en": {"a.b": ("Hello %(who)s",)}, "zh-CN": {}})
    with caplog.at_level(logging.ERROR):
        assert lenient.text("zh-CN", "a.b", who="王伟") == "Hello 王伟"
        assert lenient.text("zh-CN", "Nobody wrote this") == "Nobody wrote this"
    assert "no zh-CN text for 'a.b'" in caplog.text


def test_a_missing_fact_is_an_error_in_tests_and_a_gap_in_production() -> None:
    texts = {"en": {"a.b": ("From %(country)s at %(time)s",)}, "zh-CN": {}}
    with pytest.raises(MissingMessage):
        Messages(texts, strict=True).text("en", "a.b", country="SG")  # type: ignore[arg-type]
    assert Messages(texts).text("en", "a.b", country="SG") == "From SG at …"  # type: ignore[arg-type]


def test_plurals() -> None:
    one, many = "%(num)s person", "%(num)s people"
    assert LOADED.ngettext("en", one, many, 1) == "1 person"
    assert LOADED.ngettext("en", one, many, 5) == "5 people"
    assert LOADED.ngettext("zh-CN", one, many, 5) == "共 5 人"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('["risk.x"]\nen = "Only English"', r"reasons\.x\.toml: \[risk\.x\] has no text 'zh'"),
        ('["risk.x"]\nen = "A"\nzh = " "', r"\[risk\.x\] has no text 'zh'"),
        ("[risk.x\n", r"reasons\.x\.toml"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, toml: str, told: str) -> None:
    (tmp_path / "reasons.x.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(BrokenCatalogue, match=told):
        Messages.load(tmp_path)


def test_reasons_are_read_from_tables_and_dotted_tables(tmp_path: Path) -> None:
    for folder in ("en", "zh_CN"):
        target = tmp_path / folder / "LC_MESSAGES"
        target.mkdir(parents=True)
        source = TRANSLATIONS / folder / "LC_MESSAGES" / "gerege.po"
        (target / "gerege.po").write_bytes(source.read_bytes())
    (tmp_path / "reasons.x.toml").write_text(
        '[risk.a]\nen="A"\nzh="甲"\n["risk.b"]\nen="B"\nzh="乙"\n', encoding="utf-8"
    )
    loaded = Messages.load(tmp_path, strict=True)
    assert [loaded.text("zh-CN", msgid) for msgid in ("risk.a", "risk.b")] == ["甲", "乙"]


def test_countries_dates_and_numbers_in_the_readers_way() -> None:
    assert (country("SG", "en"), country("sg", "zh-CN"), country("XX", "en")) == ("Singapore", "新加坡", "XX")
    assert moment(AT, "zh-CN", "Asia/Shanghai") == "2026年11月23日 12:39（UTC+8）"
    assert moment(AT, "en", "Asia/Shanghai") == "23 November 2026, 12:39 (UTC+8)"
    assert moment(AT, "en", "Asia/Kolkata").endswith("10:09 (UTC+5:30)")
    assert moment(AT, "en", "America/New_York").endswith("22 November 2026, 23:39 (UTC-5)".removeprefix("22 "))
    assert moment(AT, "en", "UTC").endswith("(UTC)")
    assert day(AT, "zh-CN", "Asia/Shanghai") == "2026年11月23日"
    assert clock(AT, "Asia/Shanghai") == "12:39"
    assert (span(timedelta(hours=3), "en"), span(timedelta(hours=3), "zh-CN")) == ("3 hours", "3 小时")
    assert (number(8412, "en"), percent(0.981, "zh-CN")) == ("8,412", "98.1%")


def test_the_language_is_chosen_in_order() -> None:
    everything = {"cookie": "en", "ui_locales": "en", "person": "en", "accept_language": "en"}
    assert choose("zh-CN", **everything) == "zh-CN"
    assert choose(None, "zh-CN", "en", "en", "en") == "zh-CN"
    assert choose(None, None, "fr zh-Hans en", "en", "en") == "zh-CN"
    assert choose(None, None, "fr", "zh-CN", "en") == "zh-CN"
    assert choose(accept_language="fr, en;q=0.3, zh-CN;q=0.8") == "zh-CN"
    assert choose(accept_language="zh;q=0, en;q=0.1") == "en"
    assert choose(accept_language="fr", default="zh-CN") == "zh-CN"
    assert choose("<script>", accept_language="zh_TW") == "zh-CN"


@given(st.text(), st.text(), st.text())
def test_any_wish_gives_a_language(query: str, locales: str, header: str) -> None:
    assert choose(query, None, locales, None, header) in ("en", "zh-CN")
