"""Tokens, userinfo and answers signed and sealed as each client wants them, and names that no two clients share.

By `openid-client`, which checks the signature of each and opens what is sealed with the client's key.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.interop.conftest import Reader
from tests.interop.converse import converse
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo
from tests.support.production import toml

PLACE = "http://sealed.localhost:8009"  # nobody listens: the browser only says where it would go
SECRET = "of-no-use-to-anybody-else-than-these-clients"
ALGS = {"rs": "RS256", "ps": "PS256", "ed": "EdDSA", "pair": "ES256"}
SEALED: dict[str, dict[str, object]] = {
    "rs": {
        "id_token_encrypted_response_alg": "RSA-OAEP-256",
        "id_token_encrypted_response_enc": "A128CBC-HS256",
        "userinfo_encrypted_response_alg": "RSA-OAEP-256",
        "userinfo_encrypted_response_enc": "A128CBC-HS256",
    },
    "ps": {
        "id_token_encrypted_response_alg": "ECDH-ES",
        "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_encrypted_response_alg": "ECDH-ES",
        "userinfo_encrypted_response_enc": "A256GCM",
        "authorization_signed_response_alg": "PS256",
        "authorization_encrypted_response_alg": "ECDH-ES",
        "authorization_encrypted_response_enc": "A256GCM",
    },
    "ed": {"authorization_signed_response_alg": "EdDSA"},
    "pair": {"subject_type": "pairwise"},
}


def wanted(name: str) -> dict[str, object]:
    """What a client asks for, in the names of RFC 7591, as both sides are told."""
    signed = {"id_token_signed_response_alg": ALGS[name], "userinfo_signed_response_alg": ALGS[name]}
    return {**signed, **SEALED[name]}


def planned(name: str) -> dict[str, object]:
    keys: dict[str, object] = {"jwks_file": f"{name}.json"} if name in ("rs", "ps") else {}
    return {
        "name": name,
        "department": "mof",
        "redirect_uris": [f"{PLACE}/{name}"],
        "secret_env": "SEALED_SECRET",
        "scopes": ["openid", "profile"],
        "first_party": True,
        "labels": ["all-employees"],
        **wanted(name),
        **keys,
    }


@pytest.mark.ci
def test_openid_client_reads_what_is_signed_and_sealed_for_it(
    there: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spec: OIDC Core §3.1.3.7, §5.3.2, §8.1, §10; JARM §2.2, §2.3; OIDC Registration §2."""
    monkeypatch.setenv("SEALED_SECRET", SECRET)
    keys: dict[str, Any] = {
        "rs": RSAKey.generate_key(2048, {"kid": "rs-1", "use": "enc"}),
        "ps": ECKey.generate_key("P-256", {"kid": "ps-1", "use": "enc"}),
    }
    plan = toml({f"clients.{name}": planned(name) for name in ALGS})
    files = {f"{name}_json": json.dumps({"keys": [key.as_dict(private=False)]}) for name, key in keys.items()}
    register(there, HowTo(f"```toml\n{plan}```\n```\nbin/gerege apply sealed.toml --reason test\n```\n"), **files)
    modules = {f"{name}.private.jwk": json.dumps(key.as_dict(private=True)) for name, key in keys.items()}
    clients = {name: wanted(name) | ({"sealed": name} if name in keys else {}) for name in ALGS}
    person = Reader(there, there.person("xu.jing"))
    found = converse(
        tmp_path, "sealed.mjs", modules, person, PLACE, issuer=there.doors.issuer, secret=SECRET, clients=clients
    )
    for name, learnt in found.items():
        assert (learnt["claims"]["aud"], learnt["claims"]["sub"]) == (name, learnt["userinfo"]["sub"])
        assert learnt["userinfo"]["name"] == person.actor.name
        assert learnt["kind"] == "application/jwt"
        assert learnt["sealed"] == (name in keys)
        if name in keys:
            alg, enc = (SEALED[name][f"id_token_encrypted_response_{one}"] for one in ("alg", "enc"))
            for header in (learnt["header"], learnt["userinfoHeader"]):
                assert (header["alg"], header["enc"], header["kid"]) == (alg, enc, f"{name}-1")
            assert learnt["wrongKey"] is not None
        else:
            assert (learnt["header"]["alg"], learnt["userinfoHeader"]["alg"]) == (ALGS[name], ALGS[name])
        assert (learnt["answered"] == ["response"]) == ("authorization_signed_response_alg" in SEALED[name])
    subs = {name: learnt["claims"]["sub"] for name, learnt in found.items()}
    assert subs["rs"] == subs["ps"] == subs["ed"] != subs["pair"]
