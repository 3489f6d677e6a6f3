"""The shape of a refresh token."""

import json
from base64 import urlsafe_b64decode
from secrets import token_urlsafe

from hypothesis import given
from hypothesis import strategies as st

from idp.oidc.refresh_token import family_of, write

ids = st.text("abcXYZ019_-", min_size=8, max_size=64)


@given(ids, st.text("abcXYZ019_-", min_size=16, max_size=128))
def test_reading_gives_back_the_family(family: str, secret: str) -> None:
    assert family_of(write(family, secret)) == family


@given(st.text())
def test_anything_else_names_no_family(text: str) -> None:
    family = family_of(text)
    assert family is None or (text.startswith(f"{family}.") and text.isascii() and text.isprintable())


def test_no_store_is_asked_about_rubbish() -> None:
    for text in (
        "",
        ".",
        "family_x.",
        "family_aaaaaaa\0.aaaaaaaaaaaaaaaaaaaa",
        "a" * 30,
        "family_aaaa.aaaaaaaaaaaaaaaaaa\n",
    ):
        assert family_of(text) is None


def test_what_stands_after_the_dot_reads_as_json() -> None:
    """keycloak-js decodes it as it would a JWT's claims, and holds no token where that fails."""
    secret = token_urlsafe(32)
    between = write("family_aaaaaaaa", secret).split(".")[1]
    assert json.loads(urlsafe_b64decode(between)) == secret
