"""A stolen code without its proof key is nothing, and leaving the key away does not help."""

import pytest

from idp.oidc.pkce import challenge_of
from tests.support.tokens import VERIFIER, world


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "w" * 64,
        VERIFIER[:-1],
        VERIFIER + "v",
        VERIFIER.upper(),
        "v" * 42,
        "v" * 129,
        VERIFIER + " ",
        "v" * 63 + "é",
    ],
)
def test_a_wrong_or_missing_verifier(verifier: str) -> None:
    w = world()
    code = w.code()
    reply = w.redeem(code, code_verifier=verifier)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert w.redeem(code).status == 400  # there is no second try


def test_the_challenge_is_no_verifier() -> None:
    w = world()
    assert w.redeem(w.code(), code_verifier=challenge_of(VERIFIER)).json["error"] == "invalid_grant"


def test_a_verifier_where_no_challenge_was() -> None:
    """RFC 9700 §4.8.2: the request was made without a key, by somebody else than who redeems."""
    w = world()
    assert w.redeem(w.code(code_challenge=None)).json["error"] == "invalid_grant"
    assert w.redeem(w.code(code_challenge=None), code_verifier="").status == 200  # `compat` clients
