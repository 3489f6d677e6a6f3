"""An application of the examples in process, and the tiny provider that it signs in at."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.docs import app as docs
from examples.payroll import app as payroll
from examples.relying_party.settings import Settings
from tests.support.mini_op import MiniOP


class Browser:
    """Flask's test client, plus the hops that lead to the provider and back."""

    def __init__(self, app: Flask, op: MiniOP) -> None:
        self.client: FlaskClient = app.test_client()
        self.op = op

    def get(self, path: str, **more: str) -> TestResponse:
        return self.client.get(path, headers=more)

    def at_provider(self, answer: TestResponse) -> str:
        """Follow our redirect to the provider and return the address that it sends the browser to."""
        location = answer.headers["Location"]
        assert answer.status_code == 303 and location.startswith(self.op.issuer + "/"), location
        return requests.get(location, allow_redirects=False, timeout=5).headers["Location"]

    def come_back(self, address: str) -> TestResponse:
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}")

    def sign_in(self) -> TestResponse:
        """Open the application; all the way to its page."""
        back = self.come_back(self.at_provider(self.get("/")))
        assert (back.status_code, back.headers["Location"]) == (303, "/"), back.text
        return self.get("/")

    def post(self, path: str, page: TestResponse, **fields: str) -> TestResponse:
        """Post a form with the CSRF value that the page holds."""
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        return self.client.post(path, data={"csrf": found[1] if found else "", **fields})


@pytest.fixture
def op() -> Iterator[MiniOP]:
    provider = MiniOP()
    yield provider
    provider.close()


def settings(op: MiniOP, name: str) -> Settings:
    return Settings(
        issuer=op.issuer,
        client_id=op.client_id,
        client_secret=op.client_secret,
        base_url=f"http://{name}.localhost:8001",
        audience=f"urn:example:{name}",
        secret_key=b"k" * 32,
        port=8001,
    )


@pytest.fixture
def browser(op: MiniOP) -> Browser:
    return Browser(payroll.create_app(settings(op, "payroll")), op)


@pytest.fixture
def docs_browser(op: MiniOP) -> Browser:
    op.granted = "openid profile docs.read docs.write"
    return Browser(docs.create_app(settings(op, "docs")), op)
