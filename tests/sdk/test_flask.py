"""The decorator: g.token inside, and outside the exact status, challenge and JSON."""

from datetime import timedelta

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from gerege_verify import Verifier
from gerege_verify.flask import protect

from .conftest import AUDIENCE, Issuer


@pytest.fixture
def client(verifier: Verifier) -> FlaskClient:
    app = Flask(__name__)

    @app.get("/read")
    @protect(verifier, audience=AUDIENCE, scope="payroll.read")
    def read() -> dict[str, str]:
        return {"for": g.token.subject}

    @app.post("/approve/<run>")
    @protect(
        verifier, audience=AUDIENCE, scope=["payroll.approve"], acr="urn:gerege:aal3", max_age=timedelta(minutes=5)
    )
    def approve(run: str) -> dict[str, str]:
        return {"run": run}

    return app.test_client()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_gets_in(scheme: str, client: FlaskClient, issuer: Issuer) -> None:
    answer = client.get("/read", headers={"Authorization": f"{scheme} {issuer.token()}"})
    assert (answer.status_code, answer.json) == (200, {"for": "s-1"})


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic YTpi", "DPoP x.y.z"])
def test_no_bearer_token_gets_a_bare_challenge(value: str | None, client: FlaskClient) -> None:
    answer = client.get("/read", headers={} if value is None else {"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == f'Bearer realm="{AUDIENCE}"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_token_in_the_query_or_a_cookie_does_not_count(client: FlaskClient, issuer: Issuer) -> None:
    client.set_cookie("access_token", issuer.token())
    assert client.get(f"/read?access_token={issuer.token()}").status_code == 401


def test_two_tokens_are_none(client: FlaskClient, issuer: Issuer) -> None:
    answer = client.get("/read", headers={"Authorization": f"Bearer {issuer.token()}, Bearer {issuer.token()}"})
    assert answer.status_code == 401


def test_a_refusal_says_what_is_missing_and_nothing_else(client: FlaskClient, issuer: Issuer) -> None:
    answer = client.post("/approve/7", headers={"Authorization": f"Bearer {issuer.token()}"})
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"] == "insufficient_user_authentication"
    assert 'acr_values="urn:gerege:aal3", max_age="300"' in answer.headers["WWW-Authenticate"]
    answer = client.post("/approve/7", headers={"Authorization": f"Bearer {issuer.token(scope='payroll.read')}"})
    assert (answer.status_code, answer.json and answer.json["error"]) == (403, "insufficient_scope")
    answer = client.get("/read", headers={"Authorization": f"Bearer {issuer.token(aud='urn:other')}"})
    assert answer.json == {"error": "invalid_token", "error_description": "The access token is not valid"}


def test_enough_gets_in(client: FlaskClient, issuer: Issuer) -> None:
    token = issuer.token(acr="urn:gerege:aal3")
    assert client.post("/approve/7", headers={"Authorization": f"Bearer {token}"}).json == {"run": "7"}


def test_an_issuer_that_is_away_is_503(client: FlaskClient, issuer: Issuer) -> None:
    issuer.away = True
    answer = client.get("/read", headers={"Authorization": f"Bearer {issuer.token()}"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "WWW-Authenticate" not in answer.headers


def test_an_unknown_level_stops_the_start(verifier: Verifier) -> None:
    with pytest.raises(ValueError, match="gold"):
        protect(verifier, audience=AUDIENCE, acr="gold")
