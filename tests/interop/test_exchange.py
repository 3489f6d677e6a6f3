"""Token exchange and assertions of another issuer, by `openid-client`: `docs/howto/exchange-tokens.md`."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.interop.conftest import Reader
from tests.interop.converse import converse
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo

DESK = "http://desk.localhost:8009"  # nobody listens: the browser only says where it would go
SECURE, LOOPBACK = "ClientSecretBasic(secret))", "ClientSecretBasic(secret), { execute: [oidc.allowInsecureRequests] })"


@pytest.mark.ci
def test_openid_client_exchanges_tokens_and_brings_assertions(there: Demonstration, tmp_path: Path) -> None:
    """Spec: RFC 8693 §2, §4.1; RFC 7523 §2.1, §3; RFC 9701 §5; RFC 7009 §2."""
    key = ECKey.generate_key("P-256", {"kid": "scheduler-1", "alg": "ES256", "use": "sig"})
    person = Reader(there, there.person("luo.wen"))
    places = {"https://id.example": there.doors.issuer, "https://desk.example": DESK}
    howto = HowTo.read("exchange-tokens").at({**places, SECURE: LOOPBACK, "alice@mof.example": person.actor.mail})
    (applied,) = register(there, howto, scheduler_keys_json=json.dumps({"keys": [key.as_dict(private=False)]}))
    secrets = {one["id"]: one["client_secret"] for one in applied["changes"] if "client_secret" in one}
    own = {f"the-{name}-secret": secrets[name] for name in ("cases", "nightly")}
    modules = {
        "howto.mjs": "\n".join(howto.at(own).blocks("js")),
        "scheduler.private.jwk": json.dumps(key.as_dict(private=True)),
    }
    found = converse(tmp_path, "exchange.mjs", modules, person, DESK, **secrets)
    came, said = found["came"], found["next"]["said"]
    assert (came["aud"], came["client_id"], said["aud"], said["client_id"]) == (
        "urn:example:cases", "desk", "urn:example:archive", "cases",
    )  # fmt: skip
    assert (said["sub"], said["scope"], said["act"]) == (came["sub"], "archive.read", {"sub": "cases"})
    assert said["exp"] <= came["exp"]
    assert "refresh_token" not in found["next"]
    assert found["next"]["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert (found["introspected"]["active"], found["introspected"]["act"]) == (True, {"sub": "cases"})
    assert found["refused"]["wider"] == "invalid_scope"
    assert found["refused"]["elsewhere"] == "invalid_target"
    assert found["refused"]["further"] == "invalid_grant"
    assert found["refused"]["another"] == "unauthorized_client"

    reported = found["reported"]["said"]
    assert (reported["sub"], reported["aud"], reported["client_id"]) == (came["sub"], "urn:example:archive", "nightly")
    assert {"refresh_token", "id_token"} & found["reported"].keys() == set()
    assert (found["twice"], found["unknown"]) == ("invalid_grant", "invalid_grant")
    assert found["afterwards"] == {"active": False}
    assert found["ended"] == "invalid_grant"
