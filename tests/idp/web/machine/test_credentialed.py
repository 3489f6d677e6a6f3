"""Pages that call with credentials: those of registered public clients alone are named, at the token endpoint alone."""

import pytest

from tests.support.tokens import world

FORM = b"grant_type=refresh_token&client_id=app&refresh_token=x"


def test_a_public_client_may_call_with_credentials() -> None:
    w = world()
    w.change_client("app", redirect_uris=("https://app.example:8443/back", "com.example.app:/back"))
    for method in ("POST", "OPTIONS"):
        reply = w.http(method, "/token", FORM, {"Origin": "https://app.example:8443"})
        assert reply.headers["Access-Control-Allow-Origin"] == "https://app.example:8443"
        assert reply.headers["Access-Control-Allow-Credentials"] == "true"
        assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example",
        "http://app.example:8443",
        "https://app.example:8443.evil.example",
        "https://payroll.example",
        "null",
        "",
    ],
)
def test_nobody_else_may(origin: str) -> None:
    w = world()
    w.change_client("app", redirect_uris=("https://app.example:8443/back",))
    for method in ("POST", "OPTIONS"):
        reply = w.http(method, "/token", FORM, {"Origin": origin})
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in reply.headers


def test_nor_may_a_client_that_was_removed_nor_at_another_endpoint() -> None:
    w = world()
    w.change_client("app", redirect_uris=("https://app.example:8443/back",))
    origin = {"Origin": "https://app.example:8443"}
    for path in ("/revoke", "/userinfo"):
        assert "Access-Control-Allow-Credentials" not in w.http("OPTIONS", path, headers=origin).headers
    assert "Access-Control-Allow-Credentials" in w.http("POST", "/token", FORM, origin).headers
    w.change_client("app", disabled=True)
    assert "Access-Control-Allow-Credentials" not in w.http("POST", "/token", FORM, origin).headers
