"""Passwords kept here in their lives: made by others, expired, known to others, changed by their owner."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters import breached
from idp.flows import password as own
from idp.flows.admin import accounts
from idp.flows.admin.scope import OPERATOR
from idp.model import Subject
from idp.secret import Secret
from tests.support.house import Browser, House, house_in

NEW = "the oldest of the lilac trees"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "list.txt").write_text("stolen elsewhere\n")
    breached.build(folder / "list.txt", folder / "breached.bloom")
    with house_in(folder, passwords={"breached_file": str(folder / "breached.bloom")}) as found:
        yield found


def letters(house: House, subject: Subject) -> list[str]:
    return [one.kind for one in house.idp.ports.truth.notices.of(subject.id, subject.created_at)]


def test_what_an_administrator_made_is_used_once_and_then_chosen_anew(house: House) -> None:
    mei = house.person("mei", "irrelevant for this")
    app = house.app_of(mei)
    accounts.set_password(house.idp, OPERATOR, mei.id, Secret("for one use only"), "first day", house.clock())
    browser = Browser(house).sign_in("/me", "mei", "for one use only", app)
    assert browser.path == "/sign-in/new-password" and "Somebody else made the password" in browser.page
    assert Browser(house).get(browser.url).path != "/me"
    for wrong, told in (
        ("short", "It is too short"),
        ("for one use only", "the password that you have now"),
        ("stolen elsewhere", "stolen elsewhere, so others"),
        ("meimeimei local", "other words that people know"),
    ):
        browser.submit(new=wrong)
        assert browser.path == "/sign-in/new-password" and told in browser.page, wrong
        assert f'value="{wrong}"' not in browser.page
    browser.submit(new=NEW)
    assert browser.path == "/me"
    assert "password-changed" in letters(house, mei)
    house.clock.move(minutes=20)
    assert Browser(house).sign_in("/me", "mei", NEW, app).path == "/me"
    assert Browser(house).sign_in("/me", "mei", "for one use only").path == "/sign-in/password"


def test_what_an_administrator_made_ends_unused(house: House) -> None:
    late = house.person("late", "irrelevant for this")
    accounts.set_password(house.idp, OPERATOR, late.id, Secret("for one use only"), "first day", house.clock())
    house.clock.move(hours=73)
    assert Browser(house).sign_in("/me", "late", "for one use only").path == "/sign-in/password"


def test_one_that_others_know_is_replaced_but_a_thief_of_it_does_not_replace_it(house: House) -> None:
    known = house.person("known", "stolen elsewhere")
    app = house.app_of(known)
    thief = Browser(house, "203.0.113.9").get("/me").submit(username="known@local.example")
    thief.submit(password="stolen elsewhere")
    assert thief.path == "/sign-in/totp"
    browser = Browser(house).sign_in("/me", "known", "stolen elsewhere", app)
    assert browser.path == "/sign-in/new-password" and "passwords stolen elsewhere" in browser.page
    assert browser.submit(new=NEW).path == "/me"


def test_ninety_days_and_five_former_ones_where_the_levels_of_protection_ask_for_it(house: House) -> None:
    local = house.idp.department("local")
    assert local is not None
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_department(replace(local, settings={"password": {"regime": "mlps3"}}))
    try:
        wu = house.person("wu", "Lilac7tree one")
        app = house.app_of(wu)
        assert Browser(house).sign_in("/me", "wu", "Lilac7tree one", app).path == "/me"
        house.clock.move(days=91)
        browser = Browser(house).sign_in("/me", "wu", "Lilac7tree one", app)
        assert browser.path == "/sign-in/new-password" and "every 90 days" in browser.page
        assert "three of these" in browser.submit(new="only small letters").page
        assert browser.submit(new="Lilac7tree two").path == "/me"
        house.clock.move(days=91)
        browser = Browser(house).sign_in("/me", "wu", "Lilac7tree two", app)
        assert "You used it before" in browser.submit(new="Lilac7tree one").page
        held = own.held_by(house.idp, wu.id)
        assert held is not None and len(held.state["earlier"]) == 1  # type: ignore[arg-type]
    finally:
        with house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(local)


def test_a_person_changes_their_own_with_the_current_one_and_ends_what_is_open_elsewhere(house: House) -> None:
    ana = house.person("ana", "quiet harbour in winter")
    app = house.app_of(ana)
    elsewhere = Browser(house, "10.9.9.9").sign_in("/me", "ana", "quiet harbour in winter", app)
    house.clock.move(minutes=2)
    browser = Browser(house).sign_in("/me/password", "ana", "quiet harbour in winter", app)
    assert browser.path == "/me/password"
    browser.submit(current="not this", new=NEW)
    assert "The current password is not right" in browser.page and NEW not in browser.page
    browser.submit(**{"current": "quiet harbour in winter", "new": NEW, "end-others": "yes"})
    assert browser.path == "/me/password" and "1 other session was ended" in browser.page
    assert letters(house, ana).count("password-changed") == 1
    assert elsewhere.get("/me").path == "/sign-in" and browser.get("/me").path == "/me"


def test_an_old_proof_is_not_enough_to_change_it(house: House) -> None:
    app = house.app_of(house.person("old", "quiet harbour in winter"))
    browser = Browser(house).sign_in("/me", "old", "quiet harbour in winter", app)
    house.clock.move(minutes=11)
    assert browser.get("/me/password").path != "/me/password"
    stolen = browser.post("/me/password", {"current": "quiet harbour in winter", "new": NEW})
    assert stolen.status_code == 303 and "/sign-in" in stolen.headers["Location"]
