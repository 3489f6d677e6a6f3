"""`oauth4webapi` of npm, by a FAPI author: `docs/howto/oauth4webapi.md`, against the running identity provider."""

from pathlib import Path

import pytest

from tests.interop.conftest import Reader
from tests.interop.converse import PLAINLY, converse
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo

PLANS = "http://plans.localhost:8009"  # nobody listens: the browser only says where it would go


@pytest.mark.ci
def test_oauth4webapi_takes_a_programs_token_and_signs_people_in(there: Demonstration, tmp_path: Path) -> None:
    """Spec: RFC 6749 §4.4, RFC 9068 §4, OIDC Core 1.0 §3.1, RFC 9207 §2.4."""
    places = {"https://id.example": there.doors.issuer, "https://plans.example": PLANS}
    howto = HowTo.read("oauth4webapi").at({**places, **PLAINLY})
    plans, importer = register(there, howto)
    secrets = {"the-plans-secret": plans["client_secret"], "the-importers-secret": importer["client_secret"]}
    person = Reader(there, there.person("zhu.lin"))
    modules = {"howto.mjs": "\n".join(howto.at(secrets).blocks("js"))}
    found = converse(tmp_path, "basic.mjs", modules, person, PLANS)
    assert found["machine"]["client_id"] == found["machine"]["sub"] == "importer"
    assert found["machine"]["scope"] == "plans.import"
    assert (found["otherApi"], found["mixedUp"]) == ("OAUTH_JWT_CLAIM_COMPARISON_FAILED", "OAUTH_INVALID_RESPONSE")
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["userinfo"]["name"] == person.actor.name
    assert found["twice"] == "invalid_grant"
