"""A password that its directory wants changed is changed within the sign-in, where the department lets us.

Spec: RFC 3062; draft-behera-ldap-password-policy-11 §8.1.2.1. On a real OpenLDAP.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.connectors.ldap import LdapConnector
from idp.errors import ProofRejected
from idp.model import PasswordState
from idp.secret import Secret
from tests.support.house import Browser, House, house_in
from tests.support.openldap import openldap
from tests.support.vendor_ground import PASSWORD, Ground

NEW = "密码 quite another 9"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    (tmp_path / "slapd").mkdir()
    with openldap(tmp_path / "slapd") as running:
        yield running


@pytest.fixture
def connector(ground: Ground) -> Iterator[LdapConnector]:
    opened = ground.connector(department="mof")
    yield opened
    opened.close()


@pytest.fixture
def house(tmp_path: Path, connector: LdapConnector) -> Iterator[House]:
    (tmp_path / "house").mkdir()
    with house_in(tmp_path / "house", {"mof": connector}) as running:
        yield running


def at_password(house: House, name: str) -> Browser:
    browser = Browser(house).get("/sign-in").submit(username=f"MOF\\{name}")
    assert browser.path == "/sign-in/password"
    return browser


def forced(browser: Browser, password: str) -> Browser:
    """A new password is sent where the page asked for none."""
    action, form = browser.hidden(password=password)
    browser.post(action, {**form, "password": password, "new": NEW})
    return browser.get(browser.url)


def right(connector: LdapConnector, key: str, password: str) -> PasswordState | None:
    entry = connector.find(key)
    assert entry is not None
    try:
        return connector.verify_password(entry, Secret(password))
    except ProofRejected:
        return None


def test_it_is_changed_and_the_sign_in_goes_on(house: House, connector: LdapConnector) -> None:
    browser = at_password(house, "fresh").submit(password=PASSWORD)
    assert browser.path == "/sign-in/password" and 'name="new"' in browser.main
    browser.submit(password=PASSWORD, new=NEW)
    assert browser.path.startswith("/sign-in/enrol")
    assert right(connector, "fresh", NEW) == PasswordState()
    assert right(connector, "fresh", PASSWORD) is None


@pytest.mark.parametrize("new", ["", PASSWORD, "short"])
def test_one_that_will_not_do_changes_nothing(house: House, connector: LdapConnector, new: str) -> None:
    browser = at_password(house, "fresh").submit(password=PASSWORD).submit(password=PASSWORD, new=new)
    assert browser.path == "/sign-in/password" and browser.cookie("session") is None
    assert 'name="new"' in browser.main
    assert right(connector, "fresh", PASSWORD) == PasswordState(must_change=True)


def test_a_wrong_old_one_changes_nothing_and_tells_nothing(house: House, connector: LdapConnector) -> None:
    stranger = forced(at_password(house, "fresh"), "Demo-alice-2")
    assert stranger.path == "/sign-in/password" and 'name="new"' not in stranger.main
    assert right(connector, "fresh", PASSWORD) == PasswordState(must_change=True)


def test_a_new_one_that_nobody_asked_for_is_not_set(house: House, connector: LdapConnector) -> None:
    assert forced(at_password(house, "changer"), PASSWORD).path.startswith("/sign-in/enrol")
    assert right(connector, "changer", PASSWORD) == PasswordState()


def test_an_expired_one_that_opens_no_bind_is_the_help_desks(house: House, connector: LdapConnector) -> None:
    browser = at_password(house, "stale").submit(password=PASSWORD).submit(password=PASSWORD, new=NEW)
    assert browser.path == "/sign-in/password" and "help desk" in browser.main
    assert right(connector, "stale", PASSWORD) == PasswordState(expired=True)


def test_where_the_department_does_not_let_us_it_is_changed_there(house: House, connector: LdapConnector) -> None:
    connector._settings = dataclasses.replace(connector._settings, change_password=False)
    browser = at_password(house, "fresh").submit(password=PASSWORD)
    assert 'name="new"' not in browser.main and "Change it there" in browser.main
    assert forced(browser, PASSWORD).cookie("session") is None
    assert right(connector, "fresh", PASSWORD) == PasswordState(must_change=True)
