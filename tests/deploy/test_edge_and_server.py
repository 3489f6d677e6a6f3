"""The shipped proxies before a real server in production mode."""

import json
from collections.abc import Iterator

import pytest

from tests.deploy.edge import KINDS, MTLS, NAME, Edge, edge
from tests.deploy.test_edge import HSTS
from tests.support.production import free_port, production, toml
from tests.support.server import Node, gerege


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real server for the name that the files serve."""
    folder, port = tmp_path_factory.mktemp("node"), free_port()
    config = folder / "gerege.toml"
    settings = production(folder, port, server={"issuer": f"https://{NAME}", "mtls_endpoint": f"https://{MTLS}"})
    config.write_text(toml(settings))
    made = gerege(config, "keys", "make-master")
    assert made.returncode == 0, made.stderr
    node = Node(config, port, folder / "server.log").start()
    yield port
    node.stop()


@pytest.fixture(scope="module", params=KINDS)
def front(request: pytest.FixtureRequest, server: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with edge(request.param, tmp_path_factory.mktemp("edge"), server) as held:
        yield held


def test_the_service_is_there(front: Edge) -> None:
    answer, body = front.ask("/.well-known/openid-configuration")
    assert answer.status == 200
    assert json.loads(body)["issuer"] == f"https://{NAME}"
    answer, body = front.ask("/sign-in")
    assert answer.status < 500
    assert b"<html" in body
    assert answer.headers.get_all("Strict-Transport-Security") == [HSTS]
    answer, body = front.ask("/token", method="POST", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status in (400, 401)
    assert json.loads(body)["error"] in ("invalid_request", "invalid_client")
    assert answer.headers.get_all("Strict-Transport-Security") == [HSTS]
    for inside in ("/metrics", "/readyz"):
        assert front.ask(inside)[0].status == 404
