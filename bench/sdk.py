"""Token verification in an application: gerege-verify beside joserfc and beside the bare signature check, in one run.

Rounds alternate, so that a noisy machine is noisy for all; the ratio is taken in each round and its median is shown.
`python bench/sdk.py [--rounds N]`. Deliberately not here: the network; keys are in hand for all three.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey

from gerege_verify import Verifier
from gerege_verify.jws import decode

ISSUER = "https://id.example.gov"
AUDIENCE = "urn:example:payroll"
TOKENS = 300


def measure(alg: str, rounds: int) -> None:
    key = (ECKey.generate_key("P-256") if alg == "ES256" else OKPKey.generate_key("Ed25519")).as_dict(private=True)
    kind = ECKey if alg == "ES256" else OKPKey
    private = kind.import_key({**key, "kid": "k1"})
    tokens = [_token(private, alg, number) for number in range(TOKENS)]
    document = {"keys": [{**private.as_dict(private=False), "kid": "k1"}]}
    ways = {"raw": _raw(private, alg), "joserfc": _joserfc(document, alg), "gerege-verify": _ours(document)}
    rates: dict[str, list[float]] = {name: [] for name in (*ways, "gerege-verify, seen")}
    for _ in range(rounds):
        for name, way in ways.items():
            rates[name].append(_rate(way(), tokens))
        seen = _ours(document)()
        _rate(seen, tokens)
        rates["gerege-verify, seen"].append(_rate(seen, tokens))
    _show(alg, rates)


def _show(alg: str, rates: dict[str, list[float]]) -> None:
    print(f"{alg}, {TOKENS} tokens, {len(rates['raw'])} rounds     per second    ÷ joserfc      ÷ raw")
    for name, values in rates.items():
        against = [
            statistics.median(a / b for a, b in zip(values, rates[other], strict=True)) for other in ("joserfc", "raw")
        ]
        print(f"  {name:<24} {statistics.median(values):>14,.0f} {against[0]:>12.2f} {against[1]:>12.2f}")


def _rate(verify: Callable[[str], object], tokens: list[str]) -> float:
    start = time.perf_counter()
    for token in tokens:
        verify(token)
    return len(tokens) / (time.perf_counter() - start)


def _token(key: ECKey | OKPKey, alg: str, number: int) -> str:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "client_id": "payroll",
        "jti": f"6f9619ff-8b86-d011-b42d-{number:012}", "iat": now, "exp": now + 3600, "auth_time": now,
        "acr": "urn:gerege:aal2", "amr": ["pwd", "otp", "mfa"], "scope": "payroll.read payroll.approve",
    }  # fmt: skip
    return jwt.encode({"alg": alg, "kid": "k1", "typ": "at+jwt"}, claims, key, algorithms=[alg])


def _raw(key: ECKey | OKPKey, alg: str) -> Callable[[], Callable[[str], object]]:
    public = key.get_op_key("verify")

    def verify(token: str) -> None:
        signed, _, signature = token.rpartition(".")
        octets = decode(signature)
        if isinstance(public, ec.EllipticCurvePublicKey):
            der = utils.encode_dss_signature(int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big"))
            public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(octets, signed.encode())

    return lambda: verify


def _joserfc(document: Any, alg: str) -> Callable[[], Callable[[str], object]]:
    keys = KeySet.import_key_set(document)
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
    )

    def verify(token: str) -> None:
        decoded = jwt.decode(token, keys, algorithms=[alg])
        registry.validate(decoded.claims)

    return lambda: verify


def _ours(document: Any) -> Callable[[], Callable[[str], object]]:
    def fresh() -> Callable[[str], object]:
        verifier = Verifier(ISSUER, jwks_url=ISSUER + "/jwks", fetch=lambda url: document)
        return lambda token: verifier.verify(token, audience=AUDIENCE, scope="payroll.read", acr="urn:gerege:aal2")

    return fresh


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    for algorithm in ("ES256", "EdDSA"):
        measure(algorithm, arguments.parse_args().rounds)
