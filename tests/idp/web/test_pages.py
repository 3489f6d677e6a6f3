"""Every page renders in both languages, keeps its promises to scripts and tests, and lets no stranger's text become
markup."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

import idp.web
from idp.messages import LANGUAGES, Language
from idp.web import pages
from idp.web.pages import Page, Place, Reason, Text
from idp.web.render import TEMPLATES, Renderer, Speech, fours, in_language, qr, safe_href, with_page
from idp.web.static_files import own
from tests.browser import sample_facts, samples

RENDERER = Renderer(samples.messages(), own())
HOSTILE = "\"'><script>alert(1)</script>{{7*7}}&amp;"
CLASSES = {
    one
    for module in pkgutil.walk_packages(idp.web.__path__, "idp.web.")
    for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
    if issubclass(one, Page) and one is not Page
}
"""Every page, in whichever module of the web it lives."""


class Document(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


def html(name: str, language: Language = "en", page: Page | None = None) -> str:
    return RENDERER.render(page or samples.SAMPLES[name], language, samples.chrome(name))


def every() -> Iterator[tuple[str, Language, str]]:
    for name in samples.SAMPLES:
        for language in LANGUAGES:
            yield name, language, html(name, language)


ALL = tuple(every())


def test_every_page_has_a_sample_and_every_template_a_page() -> None:
    assert {type(sample) for sample in samples.SAMPLES.values()} == CLASSES
    layouts = {
        "base.html",
        "task.html",
        "account.html",
        "console.html",
        "parts.html",
        "admin_parts.html",
        "admin_directory_parts.html",
        "sessions.html",
        "signals.html",
        "away.html",
        "me_data_parts.html",
        "password_parts.html",
        "session_warning.html",
    }
    assert {path.name for path in TEMPLATES.iterdir()} == layouts | {one.template for one in CLASSES}


def test_every_page_says_its_language_and_has_one_heading() -> None:
    for name, language, text in ALL:
        document = Document(text)
        assert document.all("html") == [{"lang": language, "dir": "ltr"}], name
        assert len(document.all("h1")) == 1, name
        assert "sample." not in text, name


def test_titles_are_unique_to_their_page() -> None:
    for language in LANGUAGES:
        seen: dict[str, type] = {}
        for name, page in samples.SAMPLES.items():
            title = re.search(r"<title>(?:Error: |错误：)?(.*?)</title>", html(name, language), re.S)
            assert title, name
            assert seen.setdefault(title[1], type(page)) is type(page), (name, title[1])


def test_titles_of_failed_forms_say_so() -> None:
    assert "<title>Error: Enter your password" in html("password-wrong")
    assert "<title>错误：输入密码" in html("password-wrong", "zh-CN")
    assert "<title>Enter your password" in html("password")


def test_ids_are_unique() -> None:
    for name, _, text in ALL:
        ids = Document(text).ids()
        assert len(ids) == len(set(ids)), (name, sorted(ids))


def test_nothing_inline_that_a_strict_csp_would_stop() -> None:
    for name, _, text in ALL:
        document = Document(text)
        for tag, attrs in document.tags:
            assert not [key for key in attrs if key == "style" or key.startswith("on")], (name, tag)
        for script in document.all("script"):
            assert script.keys() == {"type", "src"}, name
            assert script["src"].startswith("/static/"), name
        assert re.search(r"<script[^>]*>[^<]", text) is None, name


def test_every_form_of_ours_carries_its_token() -> None:
    for name, _, text in ALL:
        for form in re.findall(r"<form method=\"post\".*?</form>", text, re.S):
            if "data-submit" not in form:
                assert 'name="csrf" value="token"' in form, (name, form[:80])


def test_the_ids_that_tests_and_password_managers_use() -> None:
    first, second = Document(html("sign-in")), Document(html("password"))
    assert {"username", "submit-login"} <= set(first.ids())
    assert {"password", "submit-login"} <= set(second.ids())
    assert "username" not in second.ids()
    hidden = next(one for one in second.all("input") if one.get("name") == "username")
    assert (hidden["value"], hidden["autocomplete"]) == ("zhang.wei@mof.example", "username")
    assert next(one for one in first.all("input") if one.get("id") == "username")["autocomplete"] == "username webauthn"
    assert {"allow", "deny"} <= set(Document(html("consent")).ids())
    assert "confirm-logout" in Document(html("confirm-sign-out")).ids()


def test_unknown_throttled_and_wrong_are_one_page() -> None:
    """The page has no field by which they could differ."""
    fields = {one.name for one in dataclasses.fields(pages.Password)}
    assert fields & {"unknown", "throttled", "locked", "error"} == set()


def _hostile(value: Any) -> Any:
    """The same value with every free text replaced; ids of messages, closed words and addresses stay."""
    if isinstance(value, Text):
        return Text(HOSTILE, HOSTILE)
    if isinstance(value, Reason):
        return Reason(value.id, {key: _hostile(one) for key, one in value.params.items()})
    if isinstance(value, tuple):
        return tuple(_hostile(one) for one in value)
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, dict):
        return {key: _hostile(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        closed = _closed(type(value))
        changed = {
            field.name: _hostile(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name not in closed
        }
        return dataclasses.replace(value, **changed)
    return value


CLOSED_WORDS = {
    "kind", "state", "outcome", "effect", "protection", "notice", "error", "tone", "connector", "offered", "proved",
    "ways", "may", "wrong",
}  # fmt: skip


def _closed(owner: type) -> set[str]:
    open_kinds = {pages.ConsentItem} if owner is pages.ConsentItem else set()
    keep = set() if open_kinds else set(CLOSED_WORDS)
    if owner is pages.AdminAppNew:
        keep -= {"wrong"}
    if owner is pages.AdminAudit:
        keep -= {"kind"}
    if owner in (pages.DirectoryState, pages.AppRow):
        keep -= {"error"}
    if owner in (pages.ChooseWay, pages.LaunchApp):
        keep -= {"ways", "may"}
    if issubclass(owner, Page) and owner.__name__.startswith("Admin"):
        keep -= {"notice"}
    return keep


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_no_text_becomes_markup(name: str) -> None:
    text = html(name, "en", _hostile(samples.SAMPLES[name]))
    usual, attacked = Document(html(name)), Document(text)
    assert "<script>alert" not in text
    assert "49" not in re.findall(r"\{\{(.*?)\}\}", text)
    for tag, attrs in attacked.tags:
        assert not [key for key in attrs if key.startswith("on") or "<" in key or "'" in key], (tag, attrs)
    assert len(attacked.all("script")) == len(usual.all("script"))


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)",
    "data:text/html,x", "vbscript:x",
     "blob:http://x", "java\tscript\t:alert(1)"],
)  # fmt: skip
def test_a_link_that_runs_a_script_is_refused(href: str) -> None:
    with pytest.raises(ValueError, match="scheme"):
        safe_href(href)
    for page in (pages.Returning(href, "App"), pages.FormPost(href, (), "App")):
        with pytest.raises(ValueError, match="scheme"):
            html("returning", page=page)


@pytest.mark.parametrize(
    "href", ["https://app.example/cb?code=1", "com.example.app:/cb", "/me", "http://127.0.0.1:5000/cb"]
)
def test_an_honest_link_passes(href: str) -> None:
    assert safe_href(href) == href


@given(st.text())
def test_the_language_link_never_leaves_this_origin(here: str) -> None:
    try:
        link = in_language(here, "en")
    except ValueError:
        return  # not an address at all, such as "//["
    assert link.startswith("/")
    assert not link.startswith(("//", "/\\"))
    assert "lang=en" in link


def test_the_language_link_replaces_the_old_wish() -> None:
    assert in_language("/sign-in/x?lang=zh-CN&a=1&b=", "en") == "/sign-in/x?a=1&b=&lang=en"


def test_a_page_without_a_field_is_an_error_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        html("sign-in", page=_Wrong())


@dataclasses.dataclass(frozen=True, slots=True)
class _Wrong(Page):
    template = "sign_in.html"


def test_facts_of_a_reason_are_said_in_the_readers_language() -> None:
    for language, country in (("en", "Singapore"), ("zh-CN", "新加坡")):
        speech = Speech(samples.messages(), language, "Asia/Shanghai")  # type: ignore[arg-type]
        assert country in speech.say(sample_facts.COUNTRY)
    chinese = Speech(samples.messages(), "zh-CN", "Asia/Shanghai")
    assert "3 小时前" in chinese.say(sample_facts.COUNTRY)
    assert chinese.say(sample_facts.PASSKEY).startswith("工资系统")
    assert chinese.say(Place("CN", Text("Beijing", "北京"))) == "中国北京"
    assert chinese.say(Place()) == "地点未知"
    assert chinese.say(8412) == "8,412"


def test_the_key_is_drawn_and_written() -> None:
    text = html("enrol-totp")
    assert "JBSW Y3DP EHPK" in text
    assert 'role="img"' in text
    drawn = qr("otpauth://totp/<script>?secret=JBSWY3DP")
    assert drawn.startswith("<svg")
    assert "script" not in drawn
    assert fours("ABCDEFGHI") == "ABCD EFGH I"


def test_paging_keeps_the_search() -> None:
    link = with_page("/admin/people", (("q", "王 伟"), ("department", "")), 3)
    assert link == "/admin/people?q=%E7%8E%8B+%E4%BC%9F&page=3"
    people = html("admin-people")
    assert "page=1" in people
    assert "page=3" in people


def test_the_console_shows_only_the_areas_given() -> None:
    chrome = dataclasses.replace(samples.chrome("admin-audit"), areas=("audit",))
    text = RENDERER.render(samples.SAMPLES["admin-audit"], "en", chrome)
    assert 'href="/admin/people"' not in text
    assert 'href="/admin/audit" aria-current="page"' in text


def test_a_form_that_an_administrator_may_not_use_is_absent() -> None:
    page = samples.CONSOLE["admin-person"]
    assert isinstance(page, pages.AdminPerson)
    text = html("admin-person", page=dataclasses.replace(page, may=frozenset()))
    assert 'name="do" value="sign-out"' in text
    assert len(re.findall(r'name="do"', text)) == 1


def test_nobody_approves_their_own_request() -> None:
    text = html("admin-approvals")
    assert 'name="approval" value="c1"' in text
    assert 'value="c2"' not in text
