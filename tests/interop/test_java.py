"""Nimbus in Java, without Spring: what `docs/howto/java.md` writes takes our tokens, and nothing that is like them."""

import base64
import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from idp.flows import keys
from tests.interop.conftest import Reader
from tests.interop.registered import product
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo
from tests.support.java import compiled, jars
from tests.support.needs import needs

HERE = Path(__file__).parent / "java"
AUDIENCE, PERMISSION = "urn:example:payroll", "payroll.read"
DAY = 86_400
AT = "at+jwt"


@pytest.mark.ci
def test_java_accepts_what_is_ours_and_nothing_else(there: Demonstration, tmp_path: Path) -> None:
    """Spec: RFC 9068 §4, OIDC Core 1.0 §3.1.3.7, RFC 8725 §3."""
    nonce = secrets.token_urlsafe(24)
    issued = tokens_of(Reader(there, there.person("zhang.qiang")), nonce)
    access, identity = issued["access_token"], issued["id_token"]
    said, about = claims_of(access), claims_of(identity)
    sub = said["sub"]
    kid = json.loads(_decoded(access.split(".")[0]))["kid"]
    stranger = ECKey.generate_key("P-256", {"kid": kid})
    with product(there) as idp:

        def ours(claims: dict[str, Any], typ: str = AT, **changed: Any) -> str:
            return keys.signed(idp, typ, claims | changed)

        good = {"access": [access, ours(said, jti="another")], "id": [identity, ours(about, "JWT")]}
        bad = {
            "access": [
                ours(said, aud="urn:example:docs"),
                ours(said, iss="https://other.example"),
                ours(said, iat=said["iat"] - DAY, exp=said["exp"] - DAY),
                ours(said, nbf=said["iat"] + DAY),
                ours(said, scope="docs.read"),
                ours({name: value for name, value in said.items() if name != "exp"}),
                ours(said, "JWT"),
                identity,
                unsigned(said),
                jwt.encode({"alg": "ES256", "typ": AT, "kid": kid}, said, stranger),
                jwt.encode({"alg": "ES256", "typ": AT, "kid": "other", "jwk": stranger.as_dict()}, said, stranger),
                hmac_by_public_key(there, said),
                access[:-6] + ("AAAAAA" if access[-6:] != "AAAAAA" else "BBBBBB"),
            ],
            "id": [
                ours(about, "JWT", aud="docs"),
                ours(about, "JWT", nonce="another"),
                ours(about, "JWT", iat=about["iat"] - DAY, exp=about["exp"] - DAY),
                ours(about, "JWT", iss="https://other.example"),
                unsigned(about),
                access,
            ],
        }
    asked = [(kind, token, True) for kind, found in good.items() for token in found]
    asked += [(kind, token, False) for kind, found in bad.items() for token in found]
    settings = [there.doors.issuer, AUDIENCE, "payroll", PERMISSION, nonce]
    answers = in_java(tmp_path, [*settings, *(f"{kind} {token}" for kind, token, _ in asked)])
    assert len(answers) == len(asked)
    for (kind, token, accepted), answer in zip(asked, answers, strict=True):
        assert answer == f"yes {sub}" if accepted else answer.startswith("no "), f"{kind} {token}: {answer}"


def in_java(folder: Path, lines: list[str]) -> list[str]:
    """The how-to's class, asked these lines. Returns its answers."""
    written = HowTo.read("java")
    pom = (
        (HERE / "pom.xml")
        .read_text()
        .replace("<!-- the dependency of docs/howto/java.md -->", written.blocks("xml")[0])
    )
    libraries = jars(pom, (HERE / "jars.sha256").read_text())
    sources = {"Tokens": written.blocks("java")[0], "Ask": (HERE / "Ask.java").read_text()}
    command = (needs("java", "openjdk-17-jdk-headless"), "-cp", compiled(sources, libraries, folder), "Ask")
    asked = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def tokens_of(person: Reader, nonce: str) -> dict[str, Any]:
    """A person's tokens for Payroll."""
    issuer, payroll = person.there.doors.issuer, person.there.doors.payroll_url
    session = OAuth2Session(
        "payroll",
        person.there.secret("payroll"),
        scope=f"openid {PERMISSION}",
        redirect_uri=f"{payroll}/callback",
        code_challenge_method="S256",
    )
    verifier = secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(f"{issuer}/authorize", nonce=nonce, code_verifier=verifier)
    back = person.follow(url, payroll)
    found = session.fetch_token(f"{issuer}/token", authorization_response=back, state=state, code_verifier=verifier)
    return dict(found)


def claims_of(token: str) -> dict[str, Any]:
    return json.loads(_decoded(token.split(".")[1]))  # type: ignore[no-any-return]


def unsigned(claims: dict[str, Any]) -> str:
    """Spec: RFC 7519 §6; RFC 8725 §3.2 is why it must be refused."""
    return f"{_encoded({'alg': 'none', 'typ': AT})}.{_encoded(claims)}."


def hmac_by_public_key(there: Demonstration, claims: dict[str, Any]) -> str:
    """The published key taken as a shared secret. Spec: RFC 8725 §2.1."""
    published = json.dumps(requests.get(f"{there.doors.issuer}/jwks", timeout=10).json()["keys"][0])
    return jwt.encode({"alg": "HS256", "typ": AT}, claims, OctKey.import_key(published))


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
