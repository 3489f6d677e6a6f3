"""An issuer without a network: joserfc signs, so that our verification is checked by other hands."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from gerege_verify import IssuerUnavailable, Verifier

ISSUER = "https://id.example.gov"
JWKS_URL = ISSUER + "/jwks"
AUDIENCE = "urn:example:payroll"
START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def segment(value: object) -> str:
    """Any JSON value, or octets, as one part of a compact token."""
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Issuer:
    """Publishes keys, signs what it is told to, counts who asks, and can go away."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.keys: dict[str, Key] = {"k1": ECKey.generate_key("P-256")}
        self.name = ISSUER
        self.away = False
        self.fetched: list[str] = []
        self.extra_jwks: list[object] = []

    def fetch(self, url: str) -> Any:
        self.fetched.append(url)
        if self.away:
            raise IssuerUnavailable("away")
        if url == JWKS_URL:
            return {"keys": [self.jwk(kid) for kid in self.keys] + self.extra_jwks}
        assert url == ISSUER + "/.well-known/openid-configuration"
        return {"issuer": self.name, "jwks_uri": JWKS_URL}

    def jwk(self, kid: str) -> dict[str, object]:
        return {**self.keys[kid].as_dict(private=False), "kid": kid, "use": "sig"}

    def claims(self, **changes: object) -> dict[str, object]:
        """A whole RFC 9068 payload; a change to None takes the claim away."""
        now = int(self.clock().timestamp())
        claims: dict[str, object] = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": "s-1", "client_id": "payroll", "jti": "t-1",
            "iat": now, "exp": now + 300, "scope": "payroll.read payroll.approve",
            "acr": "urn:gerege:aal2", "auth_time": now - 60,
        }  # fmt: skip
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def sign(
        self, claims: object, *, kid: str = "k1", alg: str = "ES256", key: Key | None = None, **header: object
    ) -> str:
        protected = {"alg": alg, "kid": kid, "typ": "at+jwt", **header}
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
        return jws.serialize_compact(
            {name: value for name, value in protected.items() if value is not None},
            payload, key or self.keys[kid], registry=registry,
        )  # fmt: skip

    def token(self, **changes: object) -> str:
        return self.sign(self.claims(**changes))


KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256"),
    "EdDSA": OKPKey.generate_key("Ed25519"),
    "RS256": RSAKey.generate_key(2048),
    "HS256": OctKey.generate_key(256),
}
KEYS["PS256"] = KEYS["RS256"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> Issuer:
    return Issuer(clock)


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> Verifier:
    return Verifier(ISSUER, clock=clock, fetch=issuer.fetch)
