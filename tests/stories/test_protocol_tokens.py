"""Codes, tokens, refresh, errors, userinfo, keys and documents of the running server.

Spec: RFC 6749 §4.1.2, §5.1, §5.2, §6, §10.10; OIDC Core §5.3, §12.2; RFC 6750 §2; RFC 8414 §2, §3; RFC 7517 §5.
"""

import math
import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.browser import ISSUER, VERIFIER
from tests.support.conformance import BACK, Suite, claims_of, wait_until

WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
BREAKS = re.compile(r"[\r\n\t]")


def test_a_code_again_is_refused_and_takes_its_tokens_along(protocol: Suite) -> None:
    basic, person = protocol["basic"], protocol.person("replay")
    person.visit(basic.url())
    first = protocol.tokens(person.browser)
    shown = {"Authorization": f"Bearer {opened(protocol, first)}"}
    assert protocol.ask("GET", "/userinfo", headers=shown).status_code == 200
    again = basic.redeem(person.browser)
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")  # type: ignore[index]
    assert protocol.ask("GET", "/userinfo", headers=shown).status_code == 401
    assert basic.token({"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}).status_code == 400


def opened(protocol: Suite, tokens: dict[str, Any], app: str = "basic") -> str:
    """A token of the same grant for userinfo."""
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "resource": ISSUER}
    return str(protocol[app].token(form).json["access_token"])  # type: ignore[index]


def test_codes_cannot_be_guessed(protocol: Suite) -> None:
    person, _ = protocol.signed_in("entropy")
    codes = [person.browser.get(protocol["basic"].url(prompt="none")).query["code"] for _ in range(30)]
    assert len(set(codes)) == 30 and min(map(len, codes)) * 6 >= 128
    counts = Counter("".join(codes))
    total = counts.total()
    assert -sum(n / total * math.log2(n / total) for n in counts.values()) > 5.7  # of 6 bits in a character
    assert len(set(zip(*codes, strict=True))) == len(codes[0])  # no place is the same in all


def test_a_token_answer_is_kept_by_nobody(protocol: Suite) -> None:
    person = protocol.person("headers")
    answer = protocol["basic"].redeem(person.visit(protocol["basic"].url()))
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert answer.json is not None and answer.json["token_type"] == "Bearer" and answer.json["expires_in"] > 0


@pytest.mark.parametrize(
    ("path", "form", "error"),
    [
        ("/token", {}, "invalid_request"),
        ("/token", {"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ("/token", {"grant_type": "implicit"}, "unsupported_grant_type"),
        ("/token", {"grant_type": "client_credentials"}, "unauthorized_client"),
        ("/token", {"grant_type": "authorization_code"}, "invalid_request"),
        ("/token", {"grant_type": "authorization_code", "code": "x\r\n\ty"}, "invalid_grant"),
        ("/token", {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ("/token", {"grant_type": "a\r\nb"}, "unsupported_grant_type"),
        ("/revoke", {}, "invalid_request"),
        ("/introspect", {}, "invalid_request"),
        ("/par", {"response_type": "code", "redirect_uri": "https://evil.example/"}, "invalid_request"),
        ("/par", {"redirect_uri": BACK, "response_type": "code", "scope": "a\r\n\tb"}, "invalid_scope"),
    ],
)
def test_errors_are_json_without_breaks(protocol: Suite, path: str, form: dict[str, str], error: str) -> None:
    answer = protocol["basic"].call(path, form)
    said = answer.json or {}
    assert (answer.status_code, said["error"]) == (400, error)
    assert answer.headers["Content-Type"] == "application/json" and answer.headers["Cache-Control"] == "no-store"
    assert said.keys() <= {"error", "error_description"} and not BREAKS.search(said.get("error_description", ""))


def test_a_client_that_is_not_who_it_says(protocol: Suite) -> None:
    answer = protocol.ask("POST", "/token", data={"grant_type": "refresh_token"}, auth=("basic", "wrong"))
    assert (answer.status_code, (answer.json or {})["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_refresh_with_and_without_a_scope(protocol: Suite) -> None:
    _, first = protocol.signed_in("refresher")
    basic, before = protocol["basic"], claims_of(first["id_token"])
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    wait_until(before["iat"] + 1.1)
    for more, left in (({}, None), ({"scope": "openid docs.read"}, {"openid", "docs.read"})):
        said = basic.token(form | more).json or {}
        after = claims_of(said["id_token"])
        kept = ("iss", "sub", "aud", "auth_time", "sid", "acr")
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
        assert after["iat"] > before["iat"] and "nonce" not in after and "azp" not in after
        assert set(said["scope"].split()) == (left or set(first["scope"].split()))
        form["refresh_token"] = said.get("refresh_token", form["refresh_token"])
    wider = basic.token(form | {"scope": "openid docs.read docs.write"})
    assert (wider.status_code, (wider.json or {})["error"]) == (400, "invalid_scope")


def test_a_refresh_token_in_other_hands(protocol: Suite) -> None:
    _, first = protocol.signed_in("lender")
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert (protocol["other"].token(form).json or {})["error"] == "invalid_grant"
    for nobody in ({}, {"client_id": "basic"}):
        answer = protocol.ask("POST", "/token", data=form | nobody)
        assert (answer.json or {})["error"] in ("invalid_client", "invalid_request")
    assert protocol["basic"].token(form).status_code == 200


def test_userinfo_in_every_lawful_way_and_in_no_other(protocol: Suite) -> None:
    first = protocol.tokens(protocol.person("asker").visit(protocol["basic"].url(scope="openid profile email")))
    token = opened(protocol, first)
    for scheme in ("Bearer", "bearer", "BEARER"):
        for method in ("GET", "POST"):
            answer = protocol.ask(method, "/userinfo", headers={"Authorization": f"{scheme} {token}"})
            assert (answer.status_code, (answer.json or {})["name"]) == (200, "Asker")
    said = protocol.ask("POST", "/userinfo", data={"access_token": token}).json or {}
    assert said["sub"] == claims_of(first["id_token"])["sub"] and said["email"] == "asker@local.example"
    assert protocol.ask("GET", f"/userinfo?access_token={token}").status_code == 401
    both = protocol.ask("POST", "/userinfo", data={"access_token": token}, headers={"Authorization": f"Bearer {token}"})
    assert both.status_code == 400
    assert protocol.ask("GET", "/userinfo", headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert protocol.ask("GET", "/userinfo", headers={"Authorization": f"Bearer {first['id_token']}"}).status_code == 401


def test_the_documents_are_one_and_all_of_it_is_there(protocol: Suite) -> None:
    said, other = (protocol.ask("GET", path).json or {} for path in WELL_KNOWN)
    assert said == other and said["issuer"] == ISSUER
    assert {"RS256", "ES256"} <= set(said["id_token_signing_alg_values_supported"])
    assert set(said["id_token_signing_alg_values_supported"]) <= {key["alg"] for key in keys(protocol)}
    addresses = {name: url for name, url in said.items() if name.endswith(("_endpoint", "_uri"))}
    assert len(addresses) >= 11
    for name, url in addresses.items():
        assert url.startswith(f"{ISSUER}/"), name
        found = {protocol.ask(method, urlsplit(url).path).status_code for method in ("GET", "POST")}
        assert not found & {404, 500}, (name, found)


def test_every_grant_type_that_is_told_is_known_and_no_other(protocol: Suite) -> None:
    said = protocol.ask("GET", WELL_KNOWN[0]).json or {}
    for grant_type in said["grant_types_supported"]:
        answer = protocol["basic"].token({"grant_type": grant_type})
        assert (answer.json or {})["error"] in ("invalid_request", "unauthorized_client"), grant_type
    for mode in said["response_modes_supported"]:
        answer = protocol.there.browser().get(protocol["basic"].url(response_mode=mode, prompt="none"))
        assert answer.status == (200 if mode.startswith("form_post") else 303), mode
        assert mode.startswith("form_post") or answer.query.keys() & {"error", "response"}
    assert said["code_challenge_methods_supported"] == ["S256"] and said["response_types_supported"] == ["code"]
    assert "none" not in {alg for name, algs in said.items() if "alg_values" in name for alg in algs}


def test_old_and_new_keys_are_both_published(protocol: Suite) -> None:
    """A new key is published before it signs, and the old one while what it signed lives."""
    _, first = protocol.signed_in("rotating")
    before = {key["kid"] for key in keys(protocol)}
    protocol.there.node.gerege("keys", "rotate")
    protocol.there.known_everywhere()
    after = {key["kid"] for key in keys(protocol)}
    assert before < after
    found = KeySet.import_key_set({"keys": keys(protocol)})
    proved = jwt.decode(first["id_token"], found, algorithms=["ES256"])
    assert proved.claims["aud"] == "basic"
    token = opened(protocol, first)
    assert protocol.ask("GET", "/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def keys(protocol: Suite) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (protocol.ask("GET", "/jwks").json or {})["keys"]
    assert all(not {"d", "p", "q", "k"} & key.keys() and key["use"] == "sig" and key["alg"] for key in found)
    return found


def test_signed_userinfo_is_a_jwt_for_its_application(protocol: Suite) -> None:
    """`signed` registered RS256: so are its ID tokens."""
    _, tokens = protocol.signed_in("reader", "signed")
    shown = {"Authorization": f"Bearer {opened(protocol, tokens, 'signed')}"}
    answer = protocol.ask("GET", "/userinfo", headers=shown)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/jwt")
    found = KeySet.import_key_set({"keys": keys(protocol)})
    said = jwt.decode(answer.get_data(as_text=True), found, algorithms=["RS256"]).claims
    identity = jwt.decode(tokens["id_token"], found, algorithms=["RS256"]).claims
    assert (said["iss"], said["aud"], said["sub"]) == (ISSUER, "signed", identity["sub"])
    assert said["name"] == "Reader" and not {"nonce", "acr"} & said.keys()


def test_a_code_is_nothing_without_its_proof_key(protocol: Suite) -> None:
    person = protocol.person("keyless")
    browser = person.visit(protocol["basic"].url())
    form = {"grant_type": "authorization_code", "code": browser.query["code"]}
    assert (protocol["basic"].token(form).json or {})["error"] == "invalid_grant"
    assert (protocol["basic"].token(form | {"code_verifier": VERIFIER}).json or {})["error"] == "invalid_grant"
