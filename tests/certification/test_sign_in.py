"""The suite's way through the pages: a password alone, consent every time, the ids that it clicks; then the API."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import Client as HttpClient

from adapters.plan import load_plan
from certification.__main__ import application
from certification.prepare import write
from idp.flows import keys
from idp.flows.admin.apply import apply
from idp.flows.admin.scope import OPERATOR
from idp.oidc.pkce import challenge_of
from tests.support import proofs
from tests.support.browser import ISSUER, VERIFIER, Browser
from tests.support.house import House, house_in

SUITE = "https://localhost.emobix.co.uk:8443/test/a/gerege/"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run")
    write(made)
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        apply(found.idp, OPERATOR, load_plan([folder / "plan.toml"], {}).plan, "a run", found.clock())
        keys.tend(found.idp)  # RS256, as the background work makes it
        yield found


def password(folder: Path, name: str) -> str:
    return (folder / f"{name}.password").read_text()


def question(client_id: str, **more: str) -> str:
    said = {"client_id": client_id, "response_type": "code", "redirect_uri": f"{SUITE}callback", "scope": "openid"}
    return "/authorize?" + urlencode(said | more)


def inputs(page: str) -> set[str]:
    return set(re.findall(r'<(?:input|button)[^>]*\bid="([^"]+)"', page))


def has_ids(page: str, *wanted: str) -> bool:
    return set(wanted) <= inputs(page)


def test_the_pages_are_an_interface(house: House, folder: Path) -> None:
    """Without PKCE and nonce, as most modules of the Basic plan ask; from an address that nobody was seen at."""
    me = Browser(house, "203.0.113.77", "Apache-HttpClient/5 conformance")
    asked = question("logout-rp", scope="openid profile email phone address", state="s" * 128)
    me.get(asked)
    assert me.path == "/sign-in"
    assert has_ids(me.page, "username", "submit-login")
    me.submit(username="anna@certification.example")
    assert me.path == "/sign-in/password"
    assert has_ids(me.page, "password", "submit-login")
    assert "username" not in inputs(me.page)
    me.submit(password=password(folder, "anna"))
    assert me.path == "/consent"
    assert has_ids(me.page, "allow", "deny")
    for value in ("1987-10-16", "+86 10 5555 0100", "Beijing", "anna@certification.example"):
        assert value in me.page  # the real values
    me.submit(do="allow")
    assert me.url.startswith(f"{SUITE}callback?")
    assert me.query["state"] == "s" * 128
    reply = token(house, folder, "logout-rp", me.query["code"])
    about = HttpClient(house.app).get(  # type: ignore[arg-type]
        "/userinfo", base_url=ISSUER, headers={"Authorization": f"Bearer {reply['access_token']}"}
    )
    said = about.get_json()
    assert said["address"]["country"] == "CN"
    assert (said["birthdate"], said["phone_number_verified"], said["zoneinfo"]) == ("1987-10-16", True, "Asia/Shanghai")
    me.get(asked)
    assert me.path == "/consent"  # every time
    me.submit(do="deny")
    assert me.query["error"] == "access_denied"
    me.get("/logout")
    assert has_ids(me.page, "confirm-logout")


def token(house: House, folder: Path, client_id: str, code: str) -> dict[str, str]:
    secret = (folder / f"{client_id}.secret").read_text()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{SUITE}callback"}
    http = HttpClient(house.app)  # type: ignore[arg-type]
    assert http.post("/token", base_url=ISSUER, data=form, auth=(client_id, "wrong")).status_code == 401
    answer = http.post("/token", base_url=ISSUER, data=form, auth=(client_id, secret))
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.get_json()
    return found


def test_a_bank_s_client_pays_with_a_bound_token(house: House, folder: Path) -> None:
    own, dpop = _key(folder, "fapi-dpop-1"), proofs.Key()
    http = HttpClient(house.app)  # type: ignore[arg-type]

    def post(path: str, form: dict[str, str]) -> dict[str, str]:
        nonce: str | None = None
        for _ in range(2):
            now = house.clock()
            shown = form | proofs.asserted(proofs.assertion(own, "fapi-dpop-1", now)) | {"client_id": "fapi-dpop-1"}
            proof = proofs.proof(dpop, "POST", f"{ISSUER}{path}", now, nonce=nonce)
            answer = http.post(path, base_url=ISSUER, data=shown, headers={"DPoP": proof})
            nonce = answer.headers.get("DPoP-Nonce")
            if answer.status_code < 400:
                break
        assert answer.status_code < 400, answer.text
        found: dict[str, str] = answer.get_json()
        return found

    asked = {
        "response_type": "code",
        "redirect_uri": f"{SUITE}callback",
        "scope": "accounts payments",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    pushed = post("/par", asked)
    me = Browser(house, "203.0.113.78")
    me.get("/authorize?" + urlencode({"client_id": "fapi-dpop-1", "request_uri": pushed["request_uri"]}))
    me.submit(username="ben@certification.example").submit(password=password(folder, "ben")).submit(do="allow")
    assert me.query["iss"] == ISSUER
    form = {"grant_type": "authorization_code", "code": me.query["code"], "redirect_uri": f"{SUITE}callback"}
    granted = post("/token", form | {"code_verifier": VERIFIER})
    assert granted["token_type"] == "DPoP"

    bank = HttpClient(application(house.idp))  # type: ignore[arg-type]
    url, value = f"{ISSUER}/certification/accounts", granted["access_token"]

    def get(scheme: str, key: proofs.Key, nonce: str | None, at: str = url) -> tuple[int, str | None, object]:
        proof = proofs.proof(key, "GET", at, house.clock(), token=value, nonce=nonce)
        headers = {"Authorization": f"{scheme} {value}", "DPoP": proof}
        answer = bank.get("/certification/accounts", base_url=ISSUER, headers=headers)
        return answer.status_code, answer.headers.get("DPoP-Nonce"), answer.get_json(silent=True)

    status, nonce, _ = get("DPoP", dpop, None)
    assert status == 401
    assert nonce
    status, _, told = get("dpop", dpop, nonce)
    assert status == 200
    assert "accounts" in json.dumps(told)
    for scheme, key, at in (("Bearer", dpop, url), ("DPoP", proofs.Key(), url), ("DPoP", dpop, f"{ISSUER}/userinfo")):
        assert get(scheme, key, nonce, at)[0] == 401


def _key(folder: Path, name: str) -> proofs.Key:
    [jwk] = json.loads((folder / f"{name}.private.json").read_text())["keys"]
    found = proofs.Key(kid=jwk["kid"])
    found.private = ECKey.import_key(jwk).private_key
    return found
