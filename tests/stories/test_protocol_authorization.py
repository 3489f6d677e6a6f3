"""What catches servers out in an authorization request, asked of the running server.

Spec: OIDC Core §3.1.2, RFC 6749 §3.1, §4.1.2.1, RFC 9207, Form Post Response Mode.
"""

import pytest

from tests.support.browser import ISSUER, VERIFIER
from tests.support.conformance import BACK, Suite, claims_of, fragment_free, link
from tests.support.proofs import Key

LONG = "s" * 128


def stays(protocol: Suite, url: str) -> bool:
    """An error page of ours, and no redirect at all."""
    browser = protocol.there.browser().get(url)
    return browser.status == 400 and browser.last is not None and "Location" not in browser.last.headers


def test_a_missing_response_type_is_told_and_never_guessed(protocol: Suite) -> None:
    browser = protocol.there.browser().get(protocol["basic"].url(response_type=None))
    assert browser.url.startswith(f"{BACK}?")
    assert fragment_free(browser.url)["error"] in ("invalid_request", "unsupported_response_type")


@pytest.mark.parametrize("kind", ["token", "id_token", "code token", "code id_token", "none", "CODE"])
def test_other_response_types_are_not_there(protocol: Suite, kind: str) -> None:
    browser = protocol.there.browser().get(protocol["basic"].url(response_type=kind))
    assert fragment_free(browser.url)["error"] == "unsupported_response_type"


@pytest.mark.parametrize(
    ("client", "uri"),
    [
        ("basic", "https://evil.example/callback"),
        ("basic", f"{BACK}?x=1"),
        ("basic", f"{BACK}#x"),
        ("two", None),
        ("two", "https://two.example/a"),
        ("two", "https://two.example/a?y=2&x=1"),
        ("two", "https://two.example/a?x=1&y=2&z=3"),
        ("two", "https://two.example/b?x=1&y=2"),
    ],
)
def test_an_unregistered_address_is_an_error_page(protocol: Suite, client: str, uri: str | None) -> None:
    assert stays(protocol, protocol[client].url(redirect_uri=uri))
    assert stays(protocol, protocol[client].url(redirect_uri=uri, prompt="none"))


def test_a_registered_query_is_kept(protocol: Suite) -> None:
    browser = protocol.there.browser().get(protocol["two"].url(prompt="none"))
    assert browser.url.startswith("https://two.example/a?x=1&y=2&error=login_required")


@pytest.mark.parametrize(
    "more",
    [
        {"foo": "bar"},
        {"display": "popup"},
        {"display": "nonsense"},
        {"ui_locales": "se zh-Hans-CN"},
        {"ui_locales": "!!"},
        {"claims_locales": "se"},
        {"login_hint": "nobody <x@y>"},
        {"acr_values": "1 2 urn:none"},
        {"vtr": '["P1"]'},
        {"client_secret": "s" * 64},
    ],
    ids=str,
)
def test_what_is_unknown_or_only_a_wish_fails_nothing(protocol: Suite, more: dict[str, str]) -> None:
    assert protocol.there.browser().get(protocol["basic"].url(**more)).path == "/sign-in"


def test_orders_do_not_matter_and_a_long_state_comes_back(protocol: Suite) -> None:
    basic, person = protocol["basic"], protocol.person("order")
    asked = basic.parameters(scope="docs.read email profile openid", state=LONG)
    backwards = dict(reversed(list(asked.items())))
    answers = [person.visit(link(basic, **one)).query for one in (asked, backwards)]
    assert [answer["state"] for answer in answers] == [LONG, LONG]
    person.visit(basic.url(scope="openid profile email docs.read"))
    assert set(protocol.tokens(person.browser)["scope"].split()) == {"openid", "profile", "email", "docs.read"}
    silent = protocol.there.browser().get(basic.url(prompt="none", state=LONG))
    assert (silent.query["error"], silent.query["state"]) == ("login_required", LONG)


def test_without_state_none_comes_back(protocol: Suite) -> None:
    silent = protocol.there.browser().get(protocol["basic"].url(prompt="none", state=None))
    assert "state" not in silent.query


@pytest.mark.parametrize("length", [1, 64, 384])
def test_a_nonce_is_intact(protocol: Suite, length: int) -> None:
    nonce = ("n0~-._ +/=" * 40)[:length]
    person = protocol.person(f"nonce{length}")
    tokens = protocol.tokens(person.visit(protocol["basic"].url(nonce=nonce)))
    assert claims_of(tokens["id_token"])["nonce"] == nonce


def test_neither_nonce_nor_proof_key_where_that_was_agreed(protocol: Suite) -> None:
    basic, person = protocol["basic"], protocol.person("plain")
    bare = basic.parameters(nonce=None, code_challenge=None, code_challenge_method=None)
    browser = person.visit(link(basic, **bare))
    assert browser.query["iss"] == ISSUER
    form = {"grant_type": "authorization_code", "code": browser.query["code"]}
    said = claims_of((basic.token(form).json or {})["id_token"])
    assert "nonce" not in said and said["acr"]


def test_the_issuer_is_in_success_and_error(protocol: Suite) -> None:
    person, _ = protocol.signed_in("issuer")
    assert person.browser.query["iss"] == ISSUER
    for more in ({"prompt": "none", "max_age": "0"}, {"response_type": "token"}, {"scope": "none"}):
        assert fragment_free(person.browser.get(protocol["basic"].url(**more)).url)["iss"] == ISSUER
    assert protocol.ask("GET", "/.well-known/openid-configuration").json[  # type: ignore[index]
        "authorization_response_iss_parameter_supported"
    ]


def test_a_request_object_is_processed_or_refused_by_name(protocol: Suite) -> None:
    """`basic` has no key; `two` has one: what is inside wins, the address included."""
    basic, two, browser = protocol["basic"], protocol["two"], protocol.there.browser()
    assert browser.get(basic.url(request=basic.signed(), prompt="none")).query["error"] == "request_not_supported"
    uri = basic.url(request_uri="https://basic.example/request", prompt="none")
    assert browser.get(uri).query["error"] == "request_uri_not_supported"
    inside = two.signed(redirect_uri="https://two.example/b", state="inside", prompt="none")
    browser.get(two.by_object(inside, redirect_uri="https://two.example/a?x=1&y=2", state="outside"))
    assert browser.url.startswith("https://two.example/b?") and browser.query["state"] == "inside"
    assert browser.query["error"] == "login_required"
    foreign = two.signed(key=Key("ES256", "k1"))
    browser.get(two.url(request=foreign))
    assert browser.query["error"] == "invalid_request_object"


def test_by_post_and_answered_by_a_form(protocol: Suite) -> None:
    basic, person = protocol["basic"], protocol.person("poster")
    sent = protocol.ask("POST", "/authorize", data=basic.parameters(response_mode="form_post", state=LONG))
    assert sent.status_code == 303
    browser = person.visit(sent.headers["Location"])
    action, fields = browser.hidden(code="")
    assert (action, fields["state"], fields["iss"]) == (BACK, LONG, ISSUER)
    assert browser.last is not None and browser.last.headers["Cache-Control"] == "no-store"
    form = {"grant_type": "authorization_code", "code": fields["code"], "code_verifier": VERIFIER}
    assert basic.token(form).status_code == 200


def test_people_can_refuse(protocol: Suite) -> None:
    asking, person = protocol["asking"], protocol.person("refuser")
    browser = person.browser.get(asking.url())
    browser.submit(username="refuser@local.example").submit(password="a password").submit(code=person.code())
    assert browser.path == "/consent"
    browser.submit(do="deny")
    assert fragment_free(browser.url).items() >= {"error": "access_denied", "state": "state-1", "iss": ISSUER}.items()
    assert person.browser.get(asking.url(prompt="none")).query["error"] == "consent_required"
