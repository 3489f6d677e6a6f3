"""`oidc-agent` of Debian, a native application of another house: what `docs/howto/oidc-agent.md` types."""

import base64
import json
import shlex

import pytest
import requests

from demo.doors import free
from tests.interop.conftest import Reader
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo
from tests.support.oidc_agent import oidc_agent, said

PORTS = range(42420, 42520)  # the agent takes none above 49151


@pytest.mark.ci
def test_oidc_agent_signs_in_at_the_terminal_and_renews(there: Demonstration) -> None:
    """Spec: RFC 8252 §7.3, RFC 7636, RFC 6749 §2.3.1 (an empty secret) and §6."""
    port, issuer = next(filter(free, PORTS)), there.doors.issuer
    howto = HowTo.read("oidc-agent").at({"https://id.example": issuer, "localhost:4242": f"localhost:{port}"})
    register(there, howto)
    person = Reader(there, there.person("gao.feng"))
    begin, use = (block.replace("\\\n", " ").splitlines()[-1] for block in howto.blocks("sh")[:2])
    with oidc_agent() as agent, agent.begin((*shlex.split(begin), "--no-url-call")) as generated:
        back = person.follow(said(generated, rf"{issuer}/authorize\S+"), f"http://localhost:{port}")
        person.browser.stop = ""
        person.browser.get(back)  # the agent listens there
        said(generated, "Everything setup correctly!")
        assert generated.wait(10) == 0

        first = agent.run("oidc-token", "work")
        again = agent.run("oidc-token", "--time=86400", "work")  # longer than any token lives: it must be renewed
        assert claims_of(first)["client_id"] == "terminal"
        assert claims_of(first)["sub"] == claims_of(again)["sub"]
        assert claims_of(first)["jti"] != claims_of(again)["jti"]
        url = shlex.split(use)[-1]
        answer = requests.get(url, headers={"Authorization": f"Bearer {again}"}, timeout=10).json()
        assert answer["name"] == person.actor.name


@pytest.mark.ci
def test_oidc_agent_where_there_is_no_browser(there: Demonstration) -> None:
    """Spec: RFC 8628 §3."""
    port, issuer = next(filter(free, PORTS)), there.doors.issuer
    howto = HowTo.read("oidc-agent").at(
        {"https://id.example": issuer, "localhost:4242": f"localhost:{port}", "clients.terminal": "clients.far"}
    )
    register(there, howto)
    person = Reader(there, there.person("tang.bo"))
    begin = howto.blocks("sh")[2].replace("\\\n", " ").replace("client-id=terminal", "client-id=far")
    with oidc_agent() as agent, agent.begin(shlex.split(begin)) as generated:
        code = said(generated, r"\b[A-Z]{4}-[A-Z]{4}\b")
        assert "The device is connected" in person.allow_device(f"{issuer}/device?user_code={code}")
        said(generated, "Everything setup correctly!")
        assert claims_of(agent.run("oidc-token", "far"))["client_id"] == "far"


@pytest.mark.ci
def test_oidc_agent_registers_itself(there: Demonstration) -> None:
    """Spec: RFC 7591 §2.1 (no response type without a redirect), §3; RFC 8628 §3."""
    howto = HowTo.read("oidc-agent").at({"https://id.example": there.doors.issuer})
    *_, initial = register(there, howto)
    (begin,) = howto.at({"the-initial-token": initial["initial_access_token"]}).blocks("sh")[3:]
    person = Reader(there, there.person("he.ping"))
    with oidc_agent() as agent, agent.begin(shlex.split(begin)) as generated:
        code = said(generated, r"\b[A-Z]{4}-[A-Z]{4}\b")
        assert "The device is connected" in person.allow_device(f"{there.doors.issuer}/device?user_code={code}")
        said(generated, "Everything setup correctly!")
        first, again = agent.run("oidc-token", "mine"), agent.run("oidc-token", "--time=86400", "mine")
        assert str(claims_of(first)["client_id"]).startswith("app-")
        assert claims_of(first)["jti"] != claims_of(again)["jti"]
        answer = requests.get(
            f"{there.doors.issuer}/userinfo", headers={"Authorization": f"Bearer {again}"}, timeout=10
        ).json()
        assert answer["name"] == person.actor.name


def claims_of(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))  # type: ignore[no-any-return]
