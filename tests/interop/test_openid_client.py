"""`openid-client` of npm, a certified client of another house, as `docs/howto/openid-client.md` writes it."""

from pathlib import Path

import pytest

from tests.interop.conftest import Reader
from tests.interop.converse import converse
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo

LEDGER = "http://ledger.localhost:8009"  # nobody listens: the browser only says where it would go
SECURE, LOOPBACK = "undefined, secret)", "undefined, secret, { execute: [oidc.allowInsecureRequests] })"


@pytest.mark.ci
def test_openid_client_signs_in_refreshes_introspects_revokes_and_signs_out(
    there: Demonstration, zhao: Reader, tmp_path: Path
) -> None:
    """Spec: OpenID Connect Core 1.0; RFC 7636, 9207, 7662, 7009; RP-Initiated Logout 1.0."""
    howto = HowTo.read("openid-client").at({"https://id.example": there.doors.issuer, "https://ledger.example": LEDGER})
    (answer,) = register(there, howto)
    (module,) = howto.at({"the-client-secret": answer["client_secret"], SECURE: LOOPBACK}).blocks("js")
    found = converse(tmp_path, "flow.mjs", {"howto.mjs": module}, zhao, LEDGER)
    assert found["metadata"]["issuer"] == there.doors.issuer
    assert found["claims"]["acr"] == "urn:gerege:aal2"
    assert found["userinfo"] == {**found["userinfo"], "sub": found["claims"]["sub"], "name": zhao.actor.name}
    assert found["introspected"]["active"] is True
    assert found["introspected"]["aud"] == "urn:example:ledger"
    assert found["introspected"]["scope"] == "ledger.read"
    assert found["wrongDoor"] is not None
    assert found["revoked"] == {"active": False}
    assert found["ended"] == "invalid_grant"
    assert found["twice"] == "invalid_grant"
    assert found["last"] == f"{LEDGER}/signed-out?state=bye"
