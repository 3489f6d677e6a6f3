"""Two minutes before the end: what a page says of it, staying, leaving, and an end that nothing moves."""

from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.house import House

JSON = {"Accept": "application/json"}


def at_home(house: House, name: str) -> Browser:
    return Browser(house).sign_in("/me", name, "a password", house.app_of(house.person(name, "a password")))


def left(browser: Browser) -> dict[str, object]:
    answer = browser._open("GET", "/session-ending", more=JSON)
    assert answer.status_code == 200
    found: dict[str, object] = answer.json or {}
    return found


def test_a_page_knows_when_its_session_ends_and_leads_there_without_a_script(house: House) -> None:
    browser = at_home(house, "idler")
    seconds = left(browser)["seconds"]
    assert isinstance(seconds, int) and seconds > 120
    page = browser.get("/me/sessions?x=1").page
    assert f'data-seconds="{seconds}"' in page and 'role="alertdialog"' in page
    there = f"{seconds - 120};url=/session-ending?back=%2Fme%2Fsessions%3Fx%3D1"
    assert f'<noscript><meta http-equiv="refresh" content="{there}"></noscript>' in page
    assert 'id="session"' not in Browser(house).get("/sign-in").page


def test_asking_prolongs_nothing_and_staying_does(house: House) -> None:
    browser = at_home(house, "stayer")
    full = left(browser)["seconds"]
    assert isinstance(full, int)
    house.clock.move(seconds=full - 90)
    assert left(browser) == left(browser) == {"seconds": 90, "fixed": False}
    browser.get("/session-ending?back=/me/sessions")
    assert left(browser)["seconds"] == 90
    browser.submit(do="stay")
    assert browser.path == "/session-ending" and "You stay signed in" in browser.page
    assert 'href="/me/sessions"' in browser.page
    assert left(browser)["seconds"] == full
    house.clock.move(seconds=full - 1)
    assert browser.get("/me").path == "/me"


def test_a_script_stays_by_the_same_form(house: House) -> None:
    browser = at_home(house, "scripted")
    full = left(browser)["seconds"]
    house.clock.move(seconds=full - 60)  # type: ignore[operator]
    action, hidden = browser.get("/session-ending").hidden(do="stay")
    assert browser.post(action, hidden | {"csrf": "x"}, **JSON).status_code == 403
    assert browser.post(action, hidden, Origin="https://evil.example", **JSON).status_code == 403
    assert left(browser)["seconds"] == 60
    assert browser.post(action, hidden, **JSON).json == {"seconds": full, "fixed": False}


def test_the_absolute_end_is_never_moved(house: House) -> None:
    browser = at_home(house, "absolute")
    (one,) = house.idp.ports.truth.sessions.of(house.idp.ports.truth.people.find("absolute", "local").id, house.clock())  # type: ignore[union-attr]
    while one.expires_at - house.clock() > timedelta(minutes=31):
        house.clock.move(minutes=30)
        browser.get("/me")
    before = left(browser)
    assert before["fixed"] is True
    browser.get("/session-ending")
    assert "cannot be made longer" in browser.page and 'value="stay"' not in browser.page
    csrf = house.idp.ports.sealer.digest("csrf", f"{browser.cookie('binding')}|session-ending")
    assert browser.post("/session-ending", {"csrf": csrf, "do": "stay"}, **JSON).json == before
    house.clock.move(minutes=32)
    assert left(browser) == {"seconds": 0, "fixed": False}
    assert browser.get("/session-ending?back=/me/sessions").path == "/sign-in"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/me//evil", "/me\n/x",
        "javascript:alert(1)", "/logout", "/meevil", "/sign-in",
    ],
    ids=["https", "slashes", "backslash", "inner-slashes", "line", "script", "logout", "prefix", "sign-in"],
)  # fmt: skip
def test_it_leads_to_own_pages_only(house: House, back: str) -> None:
    browser = at_home(house, f"led{len(back)}{sum(map(ord, back))}")
    action, hidden = browser.get("/session-ending").hidden(do="stay")
    answer = browser.post(action, hidden | {"back": back})
    assert answer.headers["Location"] == "/session-ending?stayed=yes&back=/me"
