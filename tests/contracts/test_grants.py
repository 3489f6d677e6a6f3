"""What every grant type must do: be registered for, authenticate, answer unkept, tell the log, refuse by the spec."""

import secrets
from datetime import timedelta

import pytest

from idp.flows.backchannel import GRANT_TYPE as BACKCHANNEL
from idp.flows.context import hash_of
from idp.flows.device import GRANT_TYPE as DEVICE
from idp.flows.grants import GRANTS
from idp.model import BackchannelRequest, DeviceRequest
from tests.idp.flows.test_token_exchange import ACCESS, EXCHANGE, called_with, sharing
from tests.support.assertions import GRANT as ASSERTION
from tests.support.assertions import assertion, trusted
from tests.support.tokens import ISSUER, PAYROLL, VERIFIER, Reply, World, claims_of, world

pytestmark = pytest.mark.parametrize("name", GRANTS)
OWNER = {
    "authorization_code": "payroll",
    "refresh_token": "payroll",
    "client_credentials": "robot",
    EXCHANGE: "docs",
    ASSERTION: "docs",
    DEVICE: "payroll",
    BACKCHANNEL: "payroll",
}


def given(name: str) -> World:
    """A world in which the grant's owner is registered for it."""
    if name == EXCHANGE:
        return sharing()
    w = world()
    if name in (DEVICE, BACKCHANNEL):
        w.change_client("payroll", grant_types=(*w.client("payroll").grant_types, name))
    if name == ASSERTION:
        w.change_client("docs", grant_types=(ASSERTION,), networks=frozenset(), countries=frozenset())
        with w.truth.begin() as tx:
            tx.registry.put_issuer(trusted())
    return w


def form(w: World, name: str) -> dict[str, str]:
    """A good request. A new grant type adds its own here, or fails by name."""
    match name:
        case "authorization_code":
            uri = w.client("payroll").redirect_uris[0]
            return {"code": w.code(), "redirect_uri": uri, "code_verifier": VERIFIER}
        case "refresh_token":
            return {"refresh_token": w.tokens()["refresh_token"]}
        case "client_credentials":
            return {"scope": "docs.read"}
        case "urn:ietf:params:oauth:grant-type:token-exchange":
            return {"subject_token": called_with(w), "subject_token_type": ACCESS, "resource": PAYROLL}
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return {"assertion": assertion(ISSUER, w.clock()), "scope": "docs.read"}
        case "urn:ietf:params:oauth:grant-type:device_code":
            return {"device_code": allowed_away(w, DeviceRequest)}
        case "urn:openid:params:grant-type:ciba":
            return {"auth_req_id": allowed_away(w, BackchannelRequest)}
    raise AssertionError(f"no example of {name}")


def allowed_away(w: World, kind: type[DeviceRequest] | type[BackchannelRequest]) -> str:
    """A request that its person has allowed: what is kept of it, and the secret that it is asked for by."""
    w.code()
    grant = w.truth.grants.of_subject(w.subject.id)[0]
    until, secret = w.clock() + timedelta(minutes=5), secrets.token_urlsafe(32)
    shared = {"scopes": grant.scopes, "audience": grant.audience, "expires_at": until, "interval": 5}
    rest = {**shared, "state": "approved", "grant_id": grant.id, "client_id": grant.client_id}
    slip: DeviceRequest | BackchannelRequest
    if kind is DeviceRequest:
        slip = DeviceRequest(user_code_hash="u", network="n", country=None, **rest)
    else:
        slip = BackchannelRequest(id="q", subject_id=w.subject.id, **rest)
    w.brief.keep(hash_of(secret), slip, timedelta(minutes=5))
    return secret


def ask(w: World, name: str, fields: dict[str, str], client_id: str | None = None) -> Reply:
    return w.call("/token", {"grant_type": name} | fields, client_id or OWNER[name])


def test_it_answers_with_a_token_for_one_audience_and_tells_the_log(name: str) -> None:
    w = given(name)
    fields = form(w, name)
    before = len(w.events("token.issued"))
    reply = ask(w, name, fields)
    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
    claims = claims_of(reply.json["access_token"])
    assert isinstance(claims["aud"], str)
    assert claims["exp"] - claims["iat"] == reply.json["expires_in"] <= 3600
    assert len(w.events("token.issued")) == before + 1
    assert w.events("token.issued")[0]["grant_type"] == name


def test_it_must_be_registered_for(name: str) -> None:
    w = given(name)
    fields = form(w, name)
    w.change_client(OWNER[name], grant_types=tuple(one for one in GRANTS if one != name))
    assert ask(w, name, fields).json["error"] == "unauthorized_client"


def test_it_takes_the_clients_proof(name: str) -> None:
    w = given(name)
    fields = form(w, name)
    reply = w.call("/token", {"grant_type": name, "client_id": OWNER[name]} | fields, None)
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")
    assert ask(w, name, fields).status == 200  # nothing was spent


def test_policy_is_asked(name: str) -> None:
    w = given(name)
    fields = form(w, name)
    w.change_client(OWNER[name], networks=frozenset({"vault"}))
    reply = ask(w, name, fields)
    assert reply.status == 400
    assert reply.json["error"] in ("invalid_grant", "unauthorized_client")
    assert w.truth.history.decision(reply.json["error_description"].rpartition(" ")[2]) is not None


def test_rubbish_is_refused_in_the_words_of_the_spec(name: str) -> None:
    w = given(name)
    for rubbish in (
        "",
        "x",
        "\0",
        "' OR 1=1 --",
        "family_\0\0\0\0\0\0\0\0.aaaaaaaaaaaaaaaaaaaa",
        "王" * 500,
        "." * 5000,
    ):
        reply = ask(w, name, dict.fromkeys(("code", "refresh_token", "scope", "resource"), rubbish))
        assert reply.status == 400
        assert reply.json["error"] in ("invalid_request", "invalid_grant", "invalid_scope", "invalid_target")
