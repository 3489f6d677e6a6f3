"""Our own JWS framing beside joserfc: what we sign it verifies, and what was changed nobody verifies."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from idp.errors import InvalidToken
from idp.model import SigningKey
from idp.oidc import signing
from idp.oidc.signing import decode, encode, in_force, new_key, prove, published, sign

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = new_key(hashlib.sha384(b"first").digest(), NOW, NOW)
OTHER = new_key(hashlib.sha384(b"second").digest(), NOW, NOW)
CLAIMS = {"iss": "https://id.example", "name": "王伟", "n": 7, "deep": {"list": [1, None, True]}}
TOKEN = sign(KEY, "at+jwt", CLAIMS)


def joserfc_key(key: SigningKey) -> ECKey:
    return ECKey.import_key(dict(key.public_jwk))


@pytest.mark.parametrize("number", range(64))
def test_joserfc_verifies_what_we_sign(number: int) -> None:
    """Many signatures, so that some have an R or S shorter than 32 octets, or with its top bit set."""
    token = jwt.decode(sign(KEY, "at+jwt", {**CLAIMS, "n": number}), joserfc_key(KEY), algorithms=["ES256"])
    assert token.claims == {**CLAIMS, "n": number}
    assert token.header == {"alg": "ES256", "kid": KEY.kid, "typ": "at+jwt"}


def test_we_prove_what_joserfc_signs() -> None:
    private = ECKey.import_key(KEY.private.reveal())
    header = {"alg": "ES256", "kid": KEY.kid, "typ": "at+jwt"}
    token = jws.serialize_compact(header, json.dumps(CLAIMS), private, algorithms=["ES256"])
    assert prove(token, "at+jwt", [OTHER, KEY]) == CLAIMS


def test_kid_is_the_thumbprint() -> None:
    """RFC 7638; joserfc computes it for itself."""
    assert joserfc_key(KEY).thumbprint() == KEY.kid


def test_a_key_is_a_pure_function_of_its_randomness() -> None:
    assert new_key(hashlib.sha384(b"first").digest(), NOW, NOW).kid == KEY.kid != OTHER.kid
    with pytest.raises(ValueError, match="48"):
        new_key(b"short", NOW, NOW)


@given(place=st.integers(0, len(TOKEN) - 1), char=st.characters(codec="ascii"))
def test_a_changed_character_never_proves(place: int, char: str) -> None:
    changed = TOKEN[:place] + char + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(InvalidToken):
            prove(changed, "at+jwt", [KEY])


@given(st.text(max_size=200))
def test_rubbish_never_proves(text: str) -> None:
    with pytest.raises(InvalidToken):
        prove(text, "at+jwt", [KEY])


@given(st.binary(max_size=80))
def test_base64url_is_what_joserfc_writes(octets: bytes) -> None:
    from joserfc.util import urlsafe_b64encode

    assert encode(octets) == urlsafe_b64encode(octets)
    assert decode(encode(octets)) == octets


@pytest.mark.parametrize("part", [b"QQ==", b"QR", b"Q Q", b"Q+/Q", b"Q", "é".encode()])
def test_only_one_spelling(part: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode(part)


def test_another_type_or_key_does_not_prove() -> None:
    for typ, keys in (("JWT", [KEY]), ("at+jwt", [OTHER]), ("at+jwt", [])):
        with pytest.raises(InvalidToken):
            prove(TOKEN, typ, keys)


def test_the_newest_key_in_force_signs() -> None:
    soon = replace(OTHER, active_from=NOW + timedelta(hours=1))
    old = replace(KEY, retired_at=NOW + timedelta(hours=1))
    assert in_force([], NOW, "ES256") is None
    assert in_force([old, soon], NOW, "ES256") is old
    assert in_force([old, soon], NOW + timedelta(hours=1), "ES256") is soon
    assert in_force([replace(KEY, alg="RS256")], NOW, "ES256") is None


def test_published_before_and_after_use() -> None:
    overlap = timedelta(hours=24)
    soon = replace(OTHER, active_from=NOW + timedelta(hours=1))
    old = replace(KEY, active_from=NOW - timedelta(days=90), retired_at=NOW)
    assert published([old, soon], NOW, overlap) == (soon, old)
    assert published([old, soon], NOW + overlap, overlap) == (soon,)


def test_a_revoked_key_is_out_of_the_set_and_proves_nothing() -> None:
    revoked = replace(KEY, retired_at=KEY.active_from)
    assert revoked.revoked and not KEY.revoked
    assert published([revoked, OTHER], NOW, timedelta(days=365)) == (OTHER,)
    assert prove(TOKEN, "at+jwt", [KEY]) == CLAIMS  # proved and remembered before
    with pytest.raises(InvalidToken):
        prove(TOKEN, "at+jwt", [revoked])


def test_longer_than_anything_of_ours_is_not_looked_at() -> None:
    with pytest.raises(InvalidToken):
        prove(sign(KEY, "at+jwt", {"x": "y" * signing.LONGEST}), "at+jwt", [KEY])
