"""The return address at the token endpoint is the one of the authorization request, to the letter."""

import pytest

from tests.support.tokens import world

REGISTERED = "https://payroll.example/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://payroll.example/callback/",
        "https://payroll.example/callback?x=1",
        "https://payroll.example/callback#x",
        "https://payroll.example:443/callback",
        "https://PAYROLL.example/callback",
        "http://payroll.example/callback",
        "https://payroll.example/%63allback",
        "https://payroll.example.evil.example/callback",
        "https://payroll.example@evil.example/callback",
        "https://payroll.example/callback\n",
        "https://docs.example/callback",
    ],
)
def test_another_address_than_was_asked(uri: str) -> None:
    w = world()
    code = w.code()
    reply = w.redeem(code, redirect_uri=uri)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert w.redeem(code).status == 400


def test_a_registered_address_that_was_not_the_asked_one() -> None:
    """RFC 6749 §4.1.3: registration is not enough."""
    w = world()
    w.change_client("payroll", redirect_uris=(REGISTERED, "https://payroll.example/other"))
    assert w.redeem(w.code(), redirect_uri="https://payroll.example/other").json["error"] == "invalid_grant"
    assert w.redeem(w.code(redirect_uri="https://payroll.example/other")).json["error"] == "invalid_grant"
