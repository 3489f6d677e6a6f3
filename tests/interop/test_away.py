"""People at another device, by `oauth4webapi`: `docs/howto/away.md`, against the running identity provider."""

from pathlib import Path

import pytest

from tests.interop.conftest import Reader
from tests.interop.converse import PLAINLY, converse
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo


@pytest.mark.ci
def test_oauth4webapi_waits_for_people_elsewhere(there: Demonstration, tmp_path: Path) -> None:
    """Spec: RFC 8628 §3; CIBA Core 1.0 §7.1, §7.3, §10.1, §11."""
    howto = HowTo.read("away").at({"https://id.example": there.doors.issuer, **PLAINLY})
    (applied,) = register(there, howto)
    (secret,) = (one["client_secret"] for one in applied["changes"] if "client_secret" in one)
    modules = {"howto.mjs": "\n".join(howto.at({"the-client-secret": secret}).blocks("js"))}
    person = Reader(there, there.person("liang.chao"))
    found = converse(tmp_path, "away.mjs", modules, person, "nowhere:", name=person.actor.mail)
    assert found["shown"]["verification_uri"] == f"{there.doors.issuer}/device"
    assert "The device is connected" in found["allowed"]
    assert "Allowed." in found["approved"]
    assert found["device"]["sub"] == found["claims"]["sub"]
    assert (found["device"]["aud"], found["claims"]["aud"]) == ("printer", "teller")
    assert (found["deviceTwice"], found["askedTwice"]) == ("invalid_grant", "invalid_grant")
