"""`oauth4webapi` with all that FAPI 2.0 asks for: `docs/howto/fapi.md`, against the running identity provider."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.interop.conftest import Reader
from tests.interop.converse import PLAINLY, converse
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo

TREASURY = "http://treasury.localhost:8009"  # nobody listens: the browser only says where it would go


@pytest.mark.ci
def test_oauth4webapi_speaks_fapi(there: Demonstration, tmp_path: Path) -> None:
    """Spec: FAPI 2.0 SP §5.3, FAPI 2.0 MS §5.3, §5.4; RFC 9126, RFC 9101, JARM, RFC 7523, RFC 9449."""
    key = ECKey.generate_key("P-256", {"kid": "treasury-1", "alg": "ES256", "use": "sig"})
    places = {"https://id.example": there.doors.issuer, "https://treasury.example": TREASURY}
    howto = HowTo(HowTo.read("fapi").text.partition("## With a certificate")[0]).at({**places, **PLAINLY})
    register(there, howto, treasury_keys_json=json.dumps({"keys": [key.as_dict(private=False)]}))
    person = Reader(there, there.person("sun.hao"))
    modules = {
        "howto.mjs": "\n".join(howto.blocks("js")),
        "treasury.private.jwk": json.dumps(key.as_dict(private=True)),
    }
    found = converse(tmp_path, "fapi.mjs", modules, person, TREASURY)
    assert found["answered"] == ["response"]  # everything is inside the signed answer
    assert found["type"] == "dpop"
    assert found["userinfo"] == found["again"]
    assert (found["userinfo"]["sub"], found["userinfo"]["name"]) == (found["claims"]["sub"], person.actor.name)
    assert (found["asBearer"], found["withoutProof"]) == (401, 401)
    assert found["stolen"] is not None
    assert found["twice"] == "invalid_grant"
    for refused in ("usedRequest", "unpushed"):
        assert "code" not in found[refused]["at"].partition("?")[2] and found[refused]["status"] != 200
