import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.audit.leaf import Row, canonical, commit, commits_to, content_hash, leaf_bytes, leaf_hash, record, stamp
from idp.secret import Secret

AT = datetime(2026, 11, 1, 8, 0, 0, 5, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_leaf_is_this_and_nothing_else() -> None:
    row = record(7, AT, "sign_in.succeeded", canonical({"subject": "sub_1", "acr": "urn:gerege:aal2"}))
    assert row.body == '{"acr":"urn:gerege:aal2","subject":"sub_1"}'
    leaf = (
        r'{"at":"2026-11-01T08:00:00.000005Z","body":"{\"acr\":\"urn:gerege:aal2\",\"subject\":\"sub_1\"}",'
        r'"name":"sign_in.succeeded","seq":7}'
    )
    assert leaf_bytes(row.seq, row.at, row.name, row.body).decode() == leaf
    assert row.leaf_hash == hashlib.sha256(b"\x00" + leaf.encode()).digest()


def test_the_hash_of_the_empty_leaf() -> None:
    # RFC 6962 reference implementation, merkle_tree test data.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@given(st.integers(1, 2**63), texts, texts, texts)
def test_the_standard_library_writes_the_same_leaf(seq: int, at: str, name: str, body: str) -> None:
    fields = {"at": at, "body": body, "name": name, "seq": seq}
    assert leaf_bytes(seq, at, name, body) == json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


@given(st.tuples(st.integers(1, 99), texts, texts, texts), st.tuples(st.integers(1, 99), texts, texts, texts))
def test_two_rows_never_give_one_leaf(one: tuple[int, str, str, str], other: tuple[int, str, str, str]) -> None:
    assert (leaf_bytes(*one) == leaf_bytes(*other)) == (one == other)


def test_the_order_of_fields_does_not_matter() -> None:
    assert canonical({"b": 1, "a": {"d": 1, "c": 2}}) == canonical({"a": {"c": 2, "d": 1}, "b": 1})


def test_a_secret_cannot_get_into_a_body() -> None:
    with pytest.raises(TypeError):
        canonical({"password": Secret("hunter2")})


def test_times_are_utc_fixed_width_and_aware() -> None:
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    assert stamp(beijing) == stamp(AT) == "2026-11-01T08:00:00.000005Z"
    assert stamp(AT.replace(microsecond=0)) == "2026-11-01T08:00:00.000000Z"
    with pytest.raises(ValueError, match="aware"):
        stamp(AT.replace(tzinfo=None))


def test_contents_that_cannot_be_hashed_hash_to_nothing() -> None:
    assert content_hash(Row(1, "t", "n", "\ud800", b"")) is None
    assert content_hash(Row(2**70, "t", "n", "{}", b"")) is None


def test_a_commitment_opens_to_its_value_only() -> None:
    salt = b"s" * 32
    made = commit("alice@mof.example", salt)
    assert made == hashlib.sha256(salt + b"alice@mof.example").hexdigest()
    assert commits_to(made, b"alice@mof.example", salt)
    assert not commits_to(made, "bob@mof.example", salt)
    assert not commits_to(made, "alice@mof.example", b"t" * 32)


@pytest.mark.parametrize("salt", [b"", b"short", b"s" * 33])
def test_a_commitment_needs_a_whole_salt(salt: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit("x", salt)
