"""`openid-client` of npm, a certified client of another house, against the running identity provider."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import Reader
from tests.support.demonstration import Demonstration
from tests.support.node import installed, node

HERE = Path(__file__).parent / "node"
SCOPE = "openid profile payroll.read"


@pytest.mark.ci
def test_openid_client_signs_in_refreshes_introspects_revokes_and_signs_out(there: Demonstration, zhao: Reader) -> None:
    """Spec: OpenID Connect Core 1.0; RFC 7636, 9207, 7662, 7009; RP-Initiated Logout 1.0."""
    payroll = there.doors.payroll_url
    settings = {
        "issuer": there.doors.issuer,
        "client": "payroll",
        "secret": there.secret("payroll"),
        "redirect": f"{payroll}/callback",
        "goodbye": f"{payroll}/signed-out",
        "scope": SCOPE,
    }
    found = converse(zhao, payroll, settings)
    assert found["metadata"]["issuer"] == there.doors.issuer
    assert found["claims"]["acr"] == "urn:gerege:aal2"
    assert found["userinfo"] == {**found["userinfo"], "sub": found["claims"]["sub"], "name": zhao.actor.name}
    assert found["introspected"]["active"] is True
    assert found["introspected"]["aud"] == "urn:example:payroll"
    assert found["introspected"]["scope"] == "payroll.read"
    assert found["wrongDoor"] is not None
    assert found["revoked"] == {"active": False}
    assert found["ended"] == "invalid_grant"
    assert found["twice"] == "invalid_grant"
    assert found["last"] == f"{payroll}/signed-out?state=bye"


def converse(person: Reader, until: str, settings: dict[str, str]) -> dict[str, Any]:
    """Run the client's program; wherever it wants the browser, the person goes."""
    program = subprocess.Popen(
        (node(), "flow.mjs"),
        cwd=installed(HERE),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin and program.stdout and program.stderr
    try:
        say = settings
        while True:
            print(json.dumps(say), file=program.stdin, flush=True)
            line = program.stdout.readline()
            assert line, program.stderr.read()[-3000:]
            heard = json.loads(line)
            if "open" not in heard:
                return heard  # type: ignore[no-any-return]
            say = {"at": person.follow(heard["open"], until)}
    finally:
        program.kill()
        program.wait()
