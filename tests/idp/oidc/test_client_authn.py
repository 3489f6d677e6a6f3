"""Client authentication: each method, and each way of getting it wrong."""

import base64
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import InvalidClient, InvalidRequest, OAuthError
from idp.model import Client, Text
from idp.oidc.authorization_request import Asked, read
from idp.oidc.client_authn import Credentials, verify
from idp.oidc.client_authn import read as credentials_of


def client(id_: str, **changes: Any) -> Client:
    hashes = (sha256(b"old").digest(), sha256(b"secret").digest())
    return Client(id_, Text(id_, id_), "d", (), **{"secret_hashes": hashes, **changes})


CLIENTS = {
    one.id: one
    for one in (
        client("basic"),
        client("post", auth_method="client_secret_post"),
        client("public", auth_method="none", secret_hashes=()),
        client("off", disabled=True),
        client("bare", secret_hashes=()),
    )
}


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()


def form(**fields: str) -> Asked:
    return read(list(fields.items()))


def test_each_registered_way() -> None:
    for authorization, asked in (
        (basic("basic", "secret"), form()),
        (basic("basic", "old"), form(client_id="basic")),
        ("bAsIc" + basic("basic", "secret")[5:], form()),
        (None, form(client_id="post", client_secret="secret")),
        (None, form(client_id="public")),
        (basic("public", ""), form()),  # a client without a secret may leave it empty, and has proved nothing
    ):
        assert verify(credentials_of(authorization, asked), CLIENTS).id in ("basic", "post", "public")


@pytest.mark.parametrize(
    ("authorization", "fields"),
    [
        (basic("basic", "wrong"), {}),
        (basic("basic", ""), {}),
        (basic("bare", ""), {}),
        (basic("post", ""), {}),
        (basic("nobody", ""), {}),
        (basic("nobody", "secret"), {}),
        (basic("off", "secret"), {}),
        (basic("bare", "secret"), {}),
        (basic("post", "secret"), {}),  # registered for another way
        (basic("public", "secret"), {}),
        (None, {"client_id": "basic", "client_secret": "secret"}),
        (None, {"client_id": "basic"}),  # no secret at all
        (None, {"client_id": "public", "client_secret": "secret"}),
        (None, {"client_id": "nobody"}),
        (None, {}),
        ("Basic", {}),
        ("Basic !!!", {}),
        ("Basic " + base64.b64encode(b"no-colon").decode(), {}),
        ("Basic " + base64.b64encode(b"\xff:x").decode(), {}),
        ("Bearer abc", {}),
        (basic("basic", "secret") + ", " + basic("basic", "secret"), {}),  # two headers, joined by a proxy
        (None, {"client_id": "basic", "client_assertion": "x", "client_assertion_type": "y"}),
    ],
)
def test_one_answer_for_every_failure(authorization: str | None, fields: dict[str, str]) -> None:
    with pytest.raises(InvalidClient) as caught:
        verify(credentials_of(authorization, form(**fields)), CLIENTS)
    assert caught.value.status == 401
    assert "secret" not in caught.value.description


def test_one_way_in_one_request() -> None:
    with pytest.raises(InvalidRequest):
        credentials_of(basic("basic", "secret"), form(client_id="basic", client_secret="secret"))
    with pytest.raises(InvalidRequest):
        credentials_of(basic("basic", "secret"), form(client_id="post"))


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.text(min_size=1))
def test_basic_is_form_urlencoded(name: str, secret: str) -> None:
    """RFC 6749 §2.3.1: any name and secret come through, colons, plus signs and Chinese included."""
    try:
        found = credentials_of(basic(name, secret), form())
    except UnicodeEncodeError:
        return
    assert isinstance(found, Credentials)
    assert (found.client_id, found.secret.reveal() if found.secret else "") == (name, secret)


@given(st.text())
def test_rubbish_is_never_a_client(authorization: str) -> None:
    with pytest.raises(OAuthError):
        verify(credentials_of(authorization, form()), CLIENTS)
