"""An application that knows Keycloak's addresses of one realm goes on with them, at our host and with our issuer."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client as HttpClient

from tests.support.browser import ISSUER, SECRET, VERIFIER
from tests.support.house import Browser, House, RelyingParty, house_in

REALM = "/realms/revenue"
BELOW = f"{REALM}/protocol/openid-connect"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house"), moved={"keycloak_realm": "revenue"}) as found:
        yield found


def test_a_whole_sign_in_at_the_addresses_it_knows(house: House) -> None:
    app = house.app_of(house.person("ann", "quiet harbour in winter"))
    docs = RelyingParty(house, "docs")
    begun = docs.start(scope="openid profile").replace("/authorize?", f"{BELOW}/auth?")
    browser = Browser(house).sign_in(begun, "ann", "quiet harbour in winter", app)
    assert browser.url.startswith("https://docs.example/callback"), browser.page
    assert browser.query["iss"] == ISSUER
    form = {
        "grant_type": "authorization_code",
        "code": browser.query["code"],
        "code_verifier": VERIFIER,
        "redirect_uri": "https://docs.example/callback",
    }
    tokens = docs.post(f"{BELOW}/token", form).json
    assert tokens is not None and "id_token" in tokens
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = docs.http.get(f"{BELOW}/userinfo", base_url=ISSUER, headers=bearer).json
    assert told is not None and told["name"] == "Ann"
    seen = docs.post(f"{BELOW}/token/introspect", {"token": tokens["access_token"]}).json
    assert seen is not None and seen["active"] is True and seen["iss"] == ISSUER
    assert docs.post(f"{BELOW}/revoke", {"token": tokens["access_token"]}).status_code == 200
    assert docs.post(f"{BELOW}/token/introspect", {"token": tokens["access_token"]}).json == {"active": False}
    bye = urlencode({"id_token_hint": tokens["id_token"], "client_id": "docs"})
    assert browser.get(f"{BELOW}/logout?{bye}").status in (200, 303)


def test_the_metadata_there_is_ours(house: House) -> None:
    http = HttpClient(house.app)  # type: ignore[arg-type]
    there = http.get(f"{REALM}/.well-known/openid-configuration", base_url=ISSUER)
    here = http.get("/.well-known/openid-configuration", base_url=ISSUER)
    assert there.status_code == 200 and there.json == here.json and there.json["issuer"] == ISSUER  # type: ignore[index]
    assert http.get(f"{BELOW}/certs", base_url=ISSUER).json == http.get("/jwks", base_url=ISSUER).json


@pytest.mark.parametrize(
    "path",
    [
        "/realms/other/protocol/openid-connect/token",
        f"{BELOW}/token/",
        f"{BELOW}/../../../token",
        f"{REALM}/account",
        f"{REALM}/protocol/openid-connect/registrations",
        "/admin/realms/revenue/users",
        "/realms/REVENUE/protocol/openid-connect/token",
    ],
)
def test_nothing_else_of_it_is_here(house: House, path: str) -> None:
    http = HttpClient(house.app)  # type: ignore[arg-type]
    assert http.post(path, base_url=ISSUER, auth=("docs", SECRET)).status_code in (303, 403, 404, 405)
    assert http.get(path, base_url=ISSUER).status_code in (303, 404)


def test_without_the_setting_there_is_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house_in(tmp_path_factory.mktemp("plain")) as plain:
        http = HttpClient(plain.app)  # type: ignore[arg-type]
        assert http.get(f"{REALM}/.well-known/openid-configuration", base_url=ISSUER).status_code == 404


def test_the_guards_of_an_address_hold_at_its_other_name(house: House) -> None:
    docs = RelyingParty(house, "docs")
    form = {"grant_type": "authorization_code", "code": "x", "code_verifier": VERIFIER}
    wrong = docs.http.post(f"{BELOW}/token", base_url=ISSUER, data=form, auth=("docs", "s" * 44))
    assert wrong.status_code == 401
    too_long = docs.http.post(f"{BELOW}/token", base_url=ISSUER, data={"code": "x" * 3_000_000}, auth=("docs", SECRET))
    assert too_long.status_code == 400 and "too long" in too_long.get_data(as_text=True)
    other = docs.http.get(f"{BELOW}/auth", base_url="https://evil.example")
    assert other.status_code in (400, 421)
