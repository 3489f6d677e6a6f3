"""JSON of strangers: one object, no member twice, nothing that a later reader would trip over."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.oidc.jose import JoseError
from idp.oidc.jose.parse import DEPTH, object_of


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return b'{"a":' + (opening * depth + "1" + closing * depth).encode() + b"}"


WRONG = [
    b"",
    b" ",
    b"[]",
    b"1",
    b'"a"',
    b"null",
    b"{",
    b"{}x",
    b"{} {}",
    b"{'a':1}",
    b'{"a":1,}',
    b"{a:1}",
    b"\xef\xbb\xbf{}",
    b'{"a":1,"a":1}',
    b'{"a":1,"\\u0061":2}',
    b'{"b":{"a":1,"a":2}}',
    b'{"b":[{"a":1,"a":2}]}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b'{"a":1e999}',
    b'{"a":01}',
    b'{"a":"\xff"}',
    b'{"a":"\x01"}',
    b'{"a":"\\ud800"}',
    b'{"\\udfff":1}',
    b'{"a":12345678901234567}',
    b'{"a":' + b"9" * 5000 + b"}",
    "{}".encode("utf-16"),
    nested(DEPTH),
    nested(1000),
    nested(100_000),
    nested(DEPTH, '{"a":', "}"),
    nested(5000, '{"a":', "}"),
    b"[" * 100_000,
]


@pytest.mark.parametrize("raw", WRONG, ids=range(len(WRONG)))
def test_refused(raw: bytes) -> None:
    with pytest.raises(JoseError):
        object_of(raw)


RIGHT = [
    b"{}",
    b' {"a" : 1.5} ',
    b'{"a":{"b":1},"b":1}',
    b'{"a":[1,[2,[3]]]}',
    nested(DEPTH - 1),
    b'{"a":"' + b"[{" * 500 + b'"}',
]


@pytest.mark.parametrize("raw", RIGHT, ids=range(len(RIGHT)))
def test_read_as_json_is(raw: bytes) -> None:
    assert object_of(raw) == json.loads(raw)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(object_of(json.dumps({"a": [{} for _ in range(1000)]}).encode())["a"]) == 1000


@given(st.binary(max_size=200) | st.text('{}[]":,0123456789abc\\u-.eE ', max_size=200).map(str.encode))
def test_nothing_but_a_jose_error(raw: bytes) -> None:
    try:
        found: Any = object_of(raw)
    except JoseError:
        return
    assert found == json.loads(raw)
