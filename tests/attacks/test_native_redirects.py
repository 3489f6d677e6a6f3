"""A native application's loopback address: any port of its own machine, and nothing else. Spec: RFC 8252 §7.3, §8.3."""

import pytest

from tests.support.away import register
from tests.support.house import Browser, House, RelyingParty

ADDRESSES = (
    "http://127.0.0.1/back",
    "http://[::1]:4711/back?a=b",
    "http://dev.localhost:3000/back",
    "com.example.app:/back",
)


@pytest.fixture(scope="module", autouse=True)
def native(house: House) -> RelyingParty:
    register(house, "native", auth_method="none", secret_hashes=(), redirect_uris=ADDRESSES)
    return RelyingParty(house, "native")


def answered_at(native: RelyingParty, uri: str) -> str | None:
    """Where the answer is sent; None for a page of ours."""
    browser = Browser(native.house).get(native.start("openid", redirect_uri=uri, prompt="none"))
    assert browser.status in (303, 400) and browser.last is not None
    return browser.url if browser.status == 303 else None


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/back",
        "http://127.0.0.1:1/back",
        "http://127.0.0.1:65535/back",
        "http://[::1]:9/back?a=b",
        "http://[::1]/back?a=b",
        "http://dev.localhost:3000/back",
        "com.example.app:/back",
    ],
)
def test_its_own_machine_at_any_port(native: RelyingParty, uri: str) -> None:
    there = answered_at(native, uri)
    assert there is not None and there.startswith(uri) and "error=login_required" in there


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:8080/other",
        "http://127.0.0.1:8080/back/",
        "http://127.0.0.1:8080/back/../other",
        "http://127.0.0.1:8080/back?x=1",
        "http://127.0.0.1:8080/back#x",
        "http://127.0.0.1:8080/BACK",
        "http://x@127.0.0.1:8080/back",
        "http://127.0.0.1:8080@evil.example/back",
        "http://127.0.0.1:@127.0.0.1/back",
        "http://127.0.0.1:/back",
        "http://127.0.0.1:0080/back",
        "http://127.0.0.1:+80/back",
        "http://127.0.0.1:8_0/back",
        "http://127.0.0.1:65536/back",
        "http://127.0.0.1:-1/back",
        "http://127.0.0.1:٨٠/back",
        "http://127.0.0.1:80\t/back",
        "http://127.0.0.1\n:80/back",
        "http://127.0.0.1.evil.example:80/back",
        "http://127.0.0.1%2eevil.example/back",
        "http://127.0.0.2/back",
        "http://127.1/back",
        "http://2130706433/back",
        "http://0177.0.0.1/back",
        "http://localhost/back",
        "http://0.0.0.0/back",
        "https://127.0.0.1/back",
        "HTTP://127.0.0.1/back",
        "http:/127.0.0.1/back",
        "http://127.0.0.1:8080/back?",
        "http://127.0.0.1:8080/back#",
        "http://[::1]:9/back?a=b#",
        "http://[::1]:9/back",
        "http://[::1%25lo]:9/back?a=b",
        "http://[0:0:0:0:0:0:0:1]:9/back?a=b",
        "http://[::ffff:127.0.0.1]/back",
        "http://dev.localhost:3001/back",
        "http://dev.localhost/back",
        "http://evil.localhost:3000/back",
        "com.example.app://evil.example/back",
        "com.example.app:/back2",
        "com.example.app.evil:/back",
    ],
)
def test_nothing_else(native: RelyingParty, uri: str) -> None:
    assert answered_at(native, uri) is None


def test_the_port_is_bound_to_the_code(native: RelyingParty) -> None:
    """Who redeems names the very address that was asked for, its port too."""
    house = native.house
    app = house.app_of(house.person("porter", "a password"))
    for back, status in (("http://127.0.0.1:5000/back", 200), ("http://127.0.0.1:5001/back", 400)):
        house.clock.move(minutes=1)
        url = native.start("openid", redirect_uri="http://127.0.0.1:5000/back", prompt="login")
        browser = Browser(house).sign_in(url, "porter", "a password", app)
        if browser.path == "/consent":
            browser.submit(do="allow")
        form = {"grant_type": "authorization_code", "client_id": "native", "redirect_uri": back}
        form |= {"code": browser.query["code"], "code_verifier": "v" * 64}
        assert native.http.post("/token", base_url="https://id.example", data=form).status_code == status
