"""Sessions and how an application asks about them, on the running server and its clock.

Spec: OIDC Core §2, §3.1.2.1, §3.1.2.6, §5.4.
"""

import time

import pytest

from tests.support.conformance import BACK, Suite, claims_of, fragment_free, wait_until


def test_silently_without_a_session(protocol: Suite) -> None:
    browser = protocol.there.browser().get(protocol["basic"].url(prompt="none"))
    assert browser.url.startswith(f"{BACK}?")
    assert fragment_free(browser.url)["error"] in (
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
    )


def test_silently_with_one_there_is_no_page(protocol: Suite) -> None:
    person, first = protocol.signed_in("silent")
    hint = first["id_token"]
    for more in ({}, {"id_token_hint": hint}, {"max_age": "10000"}):
        answer = person.browser.post("/nowhere", {})  # not followed: what comes next is looked at by itself
        assert answer.status_code == 404
        sent = person.browser.http.get(protocol["basic"].url(prompt="none", **more), base_url="https://id.example")
        assert sent.status_code == 303 and sent.headers["Location"].startswith(f"{BACK}?code=")
        person.browser.get(protocol["basic"].url(prompt="none", **more))
        again, before = (claims_of(one["id_token"]) for one in (protocol.tokens(person.browser), first))
        assert {name: again[name] for name in ("sub", "auth_time", "sid")} == {
            name: before[name] for name in ("sub", "auth_time", "sid")
        }


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"max_age": "1"}], ids=["prompt", "max_age"])
def test_asked_again_auth_time_is_strictly_later(protocol: Suite, more: dict[str, str]) -> None:
    person, first = protocol.signed_in("again-" + "".join(more))
    before = claims_of(first["id_token"])
    wait_until(before["auth_time"] + 2.1)
    person.browser.get(protocol["basic"].url(**more))
    assert person.browser.path == "/sign-in/password"
    after = claims_of(protocol.tokens(person.visit(person.browser.url.removeprefix("https://id.example")))["id_token"])
    assert after["auth_time"] > before["auth_time"] and after["sub"] == before["sub"]
    assert abs(after["auth_time"] - time.time()) < 60


def test_a_fresh_session_is_asked_nothing_and_keeps_its_time(protocol: Suite) -> None:
    person, first = protocol.signed_in("fresh")
    wait_until(claims_of(first["id_token"])["iat"] + 1.1)
    person.browser.get(protocol["basic"].url(max_age="10000"))
    second = claims_of(protocol.tokens(person.browser)["id_token"])
    before = claims_of(first["id_token"])
    assert (second["auth_time"], second["sub"]) == (before["auth_time"], before["sub"])
    assert second["iat"] > before["iat"]


def test_what_stands_in_an_id_token(protocol: Suite) -> None:
    _, tokens = protocol.signed_in("claims")
    said, now = claims_of(tokens["id_token"]), time.time()
    assert (said["iss"], said["aud"]) == ("https://id.example", "basic")
    assert abs(said["iat"] - now) < 300 and 0 < said["exp"] - now <= 24 * 3600
    assert said["acr"] and said["nonce"] == "nonce-1" and said["at_hash"]
    assert not {"name", "email", "preferred_username", "mail"} & said.keys()  # those are userinfo's


def test_somebody_else_is_not_let_in_by_a_hint(protocol: Suite) -> None:
    _, first = protocol.signed_in("meant")
    other, _ = protocol.signed_in("present")
    browser = other.browser.get(protocol["basic"].url(prompt="none", id_token_hint=first["id_token"]))
    assert browser.query["error"] == "login_required"
