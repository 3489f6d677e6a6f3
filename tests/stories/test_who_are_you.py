"""The first page: a department is found by domain, prefix or home, or it is asked; names may be changed."""

from collections.abc import Iterator

import pytest

from tests.support.directory import Directory
from tests.support.house import Browser, House, RelyingParty, house_in

MOF, MOE = Directory("mof"), Directory("moe")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    MOF.add("alice", "alice's")
    MOE.add("wang.wei", "wei's", "王伟@moe.example")
    with house_in(tmp_path_factory.mktemp("house"), {"mof": MOF, "moe": MOE}) as found:
        yield found


@pytest.mark.parametrize(
    ("typed", "directory"),
    [
        ("alice@mof.example", "MOF"),
        ("ALICE@hr.MOF.example", "MOF"),
        ("mof\\alice", "MOF"),
        ("  alice@mof.example ", "MOF"),
        ("王伟@moe.example", "MOE"),
        ("ｗａｎｇ．ｗｅｉ＠ｍｏｅ．ｅｘａｍｐｌｅ", "MOE"),
    ],
)
def test_domain_and_prefix_find_the_department(house: House, typed: str, directory: str) -> None:
    page = Browser(house).get("/sign-in").submit(username=typed)
    assert page.path == "/sign-in/password" and f"Directory: {directory}" in page.page


@pytest.mark.parametrize("typed", ["alice", "alice@elsewhere.example", "alice@evilmof.example", "xyz\\alice"])
def test_an_unknown_one_is_asked_and_remembered(house: House, typed: str) -> None:
    browser = Browser(house).get("/sign-in").submit(username=typed)
    assert browser.path == "/sign-in/department"
    browser.submit(department="nowhere")
    assert browser.path == "/sign-in/department" and "Choose the department" in browser.page
    browser.submit(department="mof")
    assert browser.path == "/sign-in/password" and "Directory: MOF" in browser.page
    assert "Directory: MOF" in browser.get("/sign-in").submit(username="bob").page


def test_an_application_s_own_department_is_its_home(house: House) -> None:
    browser = Browser(house).get(RelyingParty(house).start()).submit(username="alice")
    assert "Directory: Local" in browser.page


def test_change_goes_back_and_another_department_keeps_the_name(house: House) -> None:
    browser = Browser(house).get("/sign-in").submit(username="alice@mof.example")
    where = browser.query["i"]
    browser.get(f"/sign-in?i={where}")
    assert browser.status == 200 and 'value="alice@mof.example"' in browser.page
    browser.submit(username="wang.wei@moe.example")
    assert "Directory: MOE" in browser.page
    browser.get(f"/sign-in/department?i={where}").submit(department="mof")
    assert "Directory: MOF" in browser.page and "wang.wei@moe.example" in browser.page
    browser.get(f"/sign-in?i={where}").submit(username="alice@mof.example").submit(password="alice's")
    assert browser.path == "/sign-in/enrol"  # her password was right; what comes now is the next story


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter your work e-mail"),
        ("   ", "Enter your work e-mail"),
        ("a" * 300, "does not look like"),
        ("a\x07b", "does not look like"),
    ],
)
def test_what_cannot_be_a_name_is_said(house: House, typed: str, said: str) -> None:
    browser = Browser(house).get("/sign-in").submit(username=typed)
    assert browser.path == "/sign-in" and said in browser.page


def test_a_directory_that_is_down_is_named_and_the_others_go_on(house: House) -> None:
    browser = Browser(house).get("/sign-in").submit(username="wang.wei@moe.example")
    MOE.down = True
    try:
        browser.submit(password="wei's")
        assert browser.status == 503 and "MOE" in browser.page
        assert browser.last is not None and browser.last.headers["Retry-After"]
        assert house.told("directory.unavailable")
        other = Browser(house).sign_in("/", "x", "y")  # no such person: only the page matters
        assert other.path == "/sign-in/password"
        fine = Browser(house).get("/sign-in").submit(username="alice@mof.example").submit(password="alice's")
        assert fine.path == "/sign-in/enrol"
    finally:
        MOE.down = False


def test_two_tabs_are_two_interactions(house: House) -> None:
    app = house.app_of(house.person("tab", "a password"))
    browser, docs = Browser(house), RelyingParty(house, "docs")
    browser.get(docs.start(scope="openid", state="one"))
    first = browser.url
    browser.get(docs.start(scope="openid", state="two")).submit(username="tab@local.example")
    second = browser.url
    assert first != second
    browser.get(first).submit(username="tab@local.example").submit(password="a password")
    browser.submit(code=app.at(house.clock()))
    assert browser.query["state"] == "one"
    browser.get(second).submit(password="a password")
    assert browser.query["state"] == "two"  # a device that is known by now


def test_a_language_is_kept_over_the_whole_way(house: House) -> None:
    app = house.app_of(house.person("hua", "a password"))
    browser = Browser(house).get("/sign-in?lang=zh-CN")
    assert 'lang="zh' in browser.page
    browser.submit(username="hua@local.example")
    assert 'lang="zh' in browser.page and "密码" in browser.page
    browser.submit(password="wrong")
    assert 'lang="zh' in browser.page
    browser.submit(password="a password")
    assert browser.path == "/sign-in/totp" and 'lang="zh' in browser.page and "首次" in browser.page
    browser.submit(code=app.at(house.clock()))
    assert browser.path == "/" and 'lang="zh' in browser.page
    assert 'lang="en' in browser.get("/?lang=en").page
    assert 'lang="en' in browser.get("/me").page


def test_a_browser_s_language_is_taken_when_nothing_was_chosen(house: House) -> None:
    browser = Browser(house)
    browser.language = "zh-CN,zh;q=0.9"
    assert 'lang="zh' in browser.get("/sign-in").page
    docs = RelyingParty(house, "docs")
    assert 'lang="zh' in Browser(house).get(docs.start(scope="openid", ui_locales="zh-CN")).page
