"""Signing out at the wish of an application, on the running server. Spec: RP-Initiated Logout 1.0 §2, §3."""

from urllib.parse import urlencode

import pytest

from tests.support.away import signed
from tests.support.browser import ISSUER
from tests.support.conformance import BYE, Person, Suite, claims_of
from tests.support.proofs import Key, b64


def leave(person: Person, **asked: str) -> str:
    """Where it leads: an address of the application, or a path of ours."""
    person.browser.get(f"/logout?{urlencode(asked)}")
    return person.browser.path if person.browser.url.startswith(("/", ISSUER)) else person.browser.url


def is_in(protocol: Suite, person: Person) -> bool:
    return "code" in person.browser.get(protocol["basic"].url(prompt="none")).query


def test_with_a_hint_and_a_registered_address(protocol: Suite) -> None:
    for state in (None, "st&=x"):
        person, tokens = protocol.signed_in(f"leaver{state is None}".lower())
        asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
        there = leave(person, **asked, **({"state": state} if state else {}))
        assert there == (BYE if state is None else f"{BYE}?{urlencode({'state': state})}")
        assert not is_in(protocol, person)
        assert person.browser.query["error"] == "login_required"
        assert protocol["basic"].token(
            {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        ).status_code == 400  # fmt: skip


@pytest.mark.parametrize("hint", ["missing", "other-key", "unsigned", "cut", "rubbish"])
def test_no_redirect_and_no_end_by_a_hint_that_is_none(protocol: Suite, hint: str) -> None:
    person, tokens = protocol.signed_in(f"hint-{hint}")
    good = tokens["id_token"]
    header = b64(b'{"alg":"none","typ":"JWT"}')
    wrong = {
        "missing": None,
        "other-key": signed(Key(), claims_of(good)),
        "unsigned": f"{header}.{good.split('.')[1]}.",
        "cut": good[:-2],
        "rubbish": "x",
    }[hint]
    asked = {"post_logout_redirect_uri": BYE, "state": "s"} | ({"id_token_hint": wrong} if wrong else {})
    assert leave(person, **asked) == "/logout" and person.browser.status in (200, 400)
    assert is_in(protocol, person)


@pytest.mark.parametrize(
    "uri", [f"{BYE}?foo=bar", f"{BYE}/", "https://evil.example/", "https://basic.example/callback"]
)
def test_no_redirect_to_an_address_that_is_not_registered(protocol: Suite, uri: str) -> None:
    person, tokens = protocol.signed_in(f"bye{len(uri)}")
    assert leave(person, id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri) == "/logout"
    assert is_in(protocol, person)


def test_without_anything_people_confirm_and_are_told(protocol: Suite) -> None:
    person, _ = protocol.signed_in("bare")
    assert leave(person) == "/logout" and 'id="confirm-logout"' in person.browser.page
    person.browser.submit(do="confirm")
    assert person.browser.status == 200 and "signed out" in person.browser.page.lower()
    assert not is_in(protocol, person)
