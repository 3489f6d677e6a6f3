"""Whatever the description of our endpoints allows, and what it does not, is answered; never by a 500."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from schemathesis import Case, openapi

from tests.support.tokens import world

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
W = world()
SCHEMA = openapi.from_dict(DOCUMENT)
SCHEMA.app = lambda environ, start: W.apps[environ["PATH_INFO"]](environ, start)  # type: ignore[assignment]
pytestmark = pytest.mark.ci


def test_every_described_endpoint_is_served() -> None:
    assert set(DOCUMENT["paths"]) <= {path.rstrip("/") for path in W.apps}
    served = {path for path in W.apps if not path.endswith("/")}
    assert served == set(DOCUMENT["paths"])


@SCHEMA.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Case) -> None:
    response = case.call()
    assert response.status_code < 500, response.content
    if response.status_code >= 400 and response.status_code != 405 and response.content:
        assert "error" in json.loads(response.content)
