"""A browser that knows its people: welcome back, shared computers, posts that are switched."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pyotp import TOTP

from idp.model import Post, RoleGrant
from tests.support.house import Browser, House, RelyingParty, hash_of, house_in

PASSWORD = "a password"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    zones = {"office": ["10.0.0.0/8"], "counter": ["192.0.2.0/24"]}
    folder = tmp_path_factory.mktemp("house")
    with house_in(folder, risk={"zones": zones}, devices={"shared_zones": ["counter"]}) as found:
        yield found


def docs(house: House) -> str:
    return RelyingParty(house, "docs").start(scope="openid docs.read")


def prove(house: House, browser: Browser, app: TOTP) -> Browser:
    """The password, then the app's next code."""
    house.clock.move(seconds=31)
    browser.submit(password=PASSWORD)
    return browser.submit(code=app.at(house.clock())) if browser.path == "/sign-in/totp" else browser


def enter(house: House, name: str, app: TOTP, address: str = "10.1.2.3", **more: str) -> Browser:
    browser = Browser(house, address).get(docs(house)).submit(username=name, **more)
    prove(house, browser, app)
    assert "code" in browser.query, browser.url
    return browser


def leave(house: House, browser: Browser) -> None:
    browser.get("/me").submit(do="sign-out")
    house.clock.move(seconds=61)


def test_whoever_comes_back_types_no_name_and_may_be_forgotten(house: House) -> None:
    app = house.app_of(house.person("backer", PASSWORD))
    browser = enter(house, "backer", app)
    leave(house, browser)
    assert "Continue as Backer" in browser.get(docs(house)).page
    browser.submit(do="known")
    assert browser.path == "/sign-in/password"
    assert "code" in prove(house, browser, app).query
    leave(house, browser)
    browser.get(docs(house)).submit(do="forget")
    assert "Backer" not in browser.page and 'name="username"' in browser.page
    assert "Backer" not in browser.get(docs(house)).page
    assert "Backer" not in Browser(house).get(docs(house)).page


def test_a_second_tab_offers_to_go_on(house: House) -> None:
    app = house.app_of(house.person("tabs", PASSWORD))
    browser = Browser(house).get(docs(house))
    first = browser.url
    prove(house, browser.get(docs(house)).submit(username="tabs"), app)
    assert "signed in already" in browser.get(first).page
    assert "code" in browser.submit(do="known").query


@pytest.mark.parametrize("how", ["zone", "tick"])
def test_a_shared_computer_remembers_nobody_and_ends_soon(house: House, how: str) -> None:
    name = f"counter{how}"
    ticked = {"shared": "yes"} if how == "tick" else {}
    app = house.app_of(house.person(name, PASSWORD))
    browser = enter(house, name, app, "192.0.2.7" if how == "zone" else "10.1.2.3", **ticked)
    device = hash_of(browser.cookie("device") or "")
    assert not house.idp.ports.truth.sessions.people_at(device)
    session = house.idp.ports.truth.sessions.by_id_hash(hash_of(browser.cookie("session") or ""))
    assert session is not None and session.shared and session.idle_limit == timedelta(minutes=5)
    assert browser.get("/me").path == "/me"
    house.clock.move(minutes=6)
    assert browser.get("/me").path == "/sign-in" and name.title() not in browser.page


def test_sign_out_at_a_shared_computer_leads_to_the_next_person(house: House) -> None:
    app = house.app_of(house.person("nextone", PASSWORD))
    browser = enter(house, "nextone", app, "192.0.2.7")
    browser.get("/me").submit(do="sign-out")
    assert browser.path == "/sign-in" and "Nextone" not in browser.page


def test_a_post_is_switched_after_its_changes_were_seen(house: House) -> None:
    idp, now = house.idp, house.clock()
    subject = house.person("poster", PASSWORD)
    first = idp.ports.truth.people.posts(subject.id)[0]
    second = Post(idp.id("post"), subject.id, "local", "concurrent", "Editor", now - timedelta(days=1))
    with idp.ports.truth.begin() as tx:
        tx.people.add_post(second)
        tx.people.grant_role(
            RoleGrant(idp.id("role"), second.id, "docs-editor", "administrator", "test", None, now - timedelta(days=1))
        )
    browser = enter(house, "poster", house.app_of(subject))
    held = RelyingParty(house, "docs").redeem(browser).json
    browser.get("/me/post")
    assert "Docs" in browser.page and "Write" in browser.page  # what it would bring, before it is done
    browser.submit(post=second.id, do="switch")
    assert browser.query == {"switched": "yes"} and house.events("post.switched")
    standing = idp.ports.truth.people.standing(subject.id, house.clock())
    assert standing is not None and standing.post == replace(second, is_default=True)
    told = RelyingParty(house, "docs").post("/introspect", {"token": held["access_token"]}).json  # type: ignore[index]
    assert told is not None and told["post"] == first.id  # what was open stays as it was
