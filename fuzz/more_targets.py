"""Parsers of single parameters, headers and documents. See `targets.py` for what a target is."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from idp.errors import OAuthError
from idp.model import Client, DetailField, DetailType, Permission, Resource, Text
from idp.oidc import (
    assertions,
    backchannel_request,
    certificates,
    claims_request,
    details,
    dpop,
    registration,
    request_object,
    user_code,
)
from idp.oidc.asked import read
from idp.oidc.jose import JoseError, jws

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ISSUER = "https://id.example"
PAY = DetailType(
    "payment",
    "pay",
    Text("Pay", "支付"),
    (
        DetailField("amount", "text", Text("Amount", "金额"), required=True),
        DetailField("count", "number", Text("Count", "数量")),
        DetailField("to", "object", Text("To", "给")),
    ),
)
BANK = Resource(
    "urn:bank", Text("Bank", "银行"), (Permission("pay", 1, frozenset({"everyone"}), Text("p", "p")),), (PAY,)
)


@cache
def _client() -> Client:
    return Client(
        "bank",
        Text("Bank", "银行"),
        "mof",
        ("https://bank.example/cb",),
        auth_method="private_key_jwt",
        audiences=("urn:bank",),
        authorization_details_types=("payment",),
        profile="fapi2",
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def dpop_proof(data: bytes) -> None:
    with suppress(OAuthError, JoseError):
        dpop.verify(tuple(_text(data).split("\n")), "POST", f"{ISSUER}/token", NOW)
        raise AssertionError("garbage proved a key")


def assertion(data: bytes) -> None:
    with suppress(JoseError):
        seen = jws.peek(_text(data))
        assertions.client_of(seen)
        assertions.verify_signed(seen, (), _client(), ISSUER, NOW)
        raise AssertionError("garbage proved a client")


def certificate(data: bytes) -> None:
    for form in ("rfc9440", "nginx-escaped-pem"):
        with suppress(certificates.BadCertificate):
            found = certificates.of_header(_text(data), form, verified=True)
            if found is not None:
                certificates.fits_registration(found, _client())


def signed_request(data: bytes) -> None:
    with suppress(OAuthError):
        seen = request_object.peek(_text(data), _client())
        request_object.opened(seen, _client(), (), read(parse_qsl(_text(data))), ISSUER, NOW)
        raise AssertionError("garbage was taken for a request object")


def claims_parameter(data: bytes) -> None:
    with suppress(OAuthError):
        claims_request.read(_text(data), _client())


def authorization_details(data: bytes) -> None:
    types = {"payment": (BANK, PAY)}
    with suppress(OAuthError):
        for one in details.read(_text(data), types):
            details.shown(one)
            assert one["type"] == "payment" and isinstance(one["amount"], str)


def registration_document(data: bytes) -> None:
    with suppress(ValueError, OAuthError):
        said: Any = json.loads(data)
        if isinstance(said, dict):
            client = registration.read(said, "c-1", "mof")
            assert not client.first_party and not client.roles
            json.dumps(registration.told(client))


def typed_code(data: bytes) -> None:
    found = user_code.clean(_text(data))
    assert found is None or user_code.clean(user_code.shown(found)) == found


def backchannel_object(data: bytes) -> None:
    with suppress(ValueError, OAuthError):
        claims = json.loads(data)
        if isinstance(claims, dict):
            backchannel_request.told_in(claims)
            backchannel_request.verify_object(claims, _client(), ISSUER, NOW)


MORE = {
    "dpop-proof": dpop_proof,
    "assertion": assertion,
    "certificate": certificate,
    "signed-request": signed_request,
    "claims-parameter": claims_parameter,
    "authorization-details": authorization_details,
    "registration-document": registration_document,
    "typed-code": typed_code,
    "backchannel-object": backchannel_object,
}
