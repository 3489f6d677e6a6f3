"""An answer as a JWT is for one application, signed by us, and short; nothing leaves beside it. Spec: JARM §2."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwe
from joserfc.jwk import RSAKey

from idp.flows.keys import tend
from idp.oidc.jose import jws
from idp.oidc.jose.jwk import read_set
from tests.support.applications import CALLBACK, Application, application
from tests.support.browser import ISSUER, Browser
from tests.support.house import House
from tests.support.proofs import Key


def read(house: House, compact: str, alg: str = "ES256") -> dict[str, Any]:
    """As the application reads it: by the published keys, in the registered algorithm alone."""
    keys = house.http().get("/jwks", base_url=ISSUER).json
    return jws.verify(compact, read_set(keys), frozenset({alg}))  # type: ignore[arg-type]


def answered(browser: Browser) -> str:
    """The one field of the query."""
    fields = parse_qs(urlsplit(browser.url).query)
    assert browser.url.startswith(f"{CALLBACK}?") and fields.keys() == {"response"}, browser.url
    return fields["response"][0]


def signed_in(house: House, name: str, app: Application, **more: str) -> Browser:
    totp = house.app_of(house.person(name, "a password"))
    browser = Browser(house).sign_in(app.url(**more), name, "a password", totp)
    return browser.submit(do="allow")


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
def test_a_code_leaves_inside_of_it(house: House, mode: str) -> None:
    app = application(house)
    said = read(house, answered(signed_in(house, f"jarm-{mode}", app, response_mode=mode)))
    now = int(house.clock().timestamp())
    assert said.keys() == {"code", "state", "iss", "aud", "exp"}
    assert (said["iss"], said["aud"], said["state"]) == (ISSUER, "partner", "state-1")
    assert now < said["exp"] <= now + 600


@pytest.mark.parametrize("more", [{"prompt": "none"}, {"scope": "nothing"}, {"max_age": "-1"}, {"request": "x"}])
def test_errors_too(house: House, more: dict[str, str]) -> None:
    app = application(house)
    said = read(house, answered(Browser(house).get(app.url(response_mode="jwt", **more))))
    assert said.keys() == {"error", "error_description", "state", "iss", "aud", "exp"}


def test_by_a_form(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "former", app, response_mode="form_post.jwt")
    action, fields = browser.hidden(response="")
    assert action == CALLBACK and fields.keys() == {"response"} and "code" in read(house, fields["response"])
    browser.get(app.url(response_mode="form_post.jwt", prompt="consent")).submit(do="deny")
    assert read(house, browser.hidden(response="")[1]["response"])["error"] == "access_denied"


@pytest.mark.parametrize("mode", ["fragment", "fragment.jwt", "JWT", "jwt ", "web_message", "x.jwt", "form_post,jwt"])
def test_other_modes_are_an_error_in_the_query(house: House, mode: str) -> None:
    browser = Browser(house).get(application(house).url(response_mode=mode, prompt="none"))
    assert browser.url.startswith(f"{CALLBACK}?") and browser.query["error"] == "invalid_request"
    assert "#" not in browser.url


@pytest.mark.parametrize("alg", ["PS256", "RS256", "EdDSA"])
def test_in_the_algorithm_of_the_application(house: House, alg: str) -> None:
    tend(house.idp)
    app = application(house, authorization_signed_response_alg=alg)
    compact = answered(Browser(house).get(app.url(response_mode="jwt", prompt="none")))
    assert read(house, compact, alg)["error"] == "login_required"


def test_encrypted_for_it_alone(house: House) -> None:
    key = Key("RS256", "e1")
    app = application(
        house,
        jwks=({**key.jwk, "use": "enc"},),
        authorization_encrypted_response_alg="RSA-OAEP-256",
        authorization_encrypted_response_enc="A256GCM",
    )
    compact = answered(Browser(house).get(app.url(response_mode="jwt", prompt="none")))
    assert compact.count(".") == 4
    mine = RSAKey.import_key(key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    opened = jwe.decrypt_compact(compact, mine, algorithms=["RSA-OAEP-256", "A256GCM"])
    assert read(house, (opened.plaintext or b"").decode())["aud"] == "partner"
    app.change(jwks=())  # no key to hide it with: nothing leaves in the clear
    browser = Browser(house).get(app.url(response_mode="jwt", prompt="none"))
    assert browser.status == 503 and browser.last is not None and "Location" not in browser.last.headers


def test_it_is_no_id_token_and_no_hint(house: House) -> None:
    app = application(house)
    compact = answered(Browser(house).get(app.url(response_mode="jwt", prompt="none")))
    browser = Browser(house).get(app.url(id_token_hint=compact))
    assert browser.query["error"] == "invalid_request"
    assert json.loads(json.dumps(read(house, compact))).keys().isdisjoint({"sub", "nonce", "sid", "at_hash"})
