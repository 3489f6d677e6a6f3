"""Single use under any interleaving, on the real stores: SQLite and PostgreSQL, each with Valkey, behind the endpoints.

A hundred come through one gate with the same thing. Spec: RFC 9700 §2.1.1, §4.14, RFC 7523 §3, RFC 9449 §11.1.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters import connect
from idp.authn.factors.passkey import RelyingParty
from idp.flows.backchannel import GRANT_TYPE as CIBA
from idp.flows.context import Idp, hash_of
from idp.flows.device import GRANT_TYPE as DEVICE
from idp.model import BackchannelRequest, DeviceRequest, PushedRequest
from risk.zones import Zones
from tests.attacks.test_code_replay import at_once
from tests.support.house import settings_in
from tests.support.proofs import Key, asserted, assertion, proof
from tests.support.stores import new_database
from tests.support.tokens import ENGINE, ISSUER, SECRET, Clock, Reply, Wire, World, basic, furnish

ROUNDS, CROWD = 8, 100
MACHINE = {"grant_type": "client_credentials", "scope": "docs.read"}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("house")
    clock = Clock()
    settings = settings_in(folder)
    if request.param == "postgres":
        url = new_database(request.getfixturevalue("cluster"), request.getfixturevalue("empty_postgres"))
        settings = settings.model_copy(update={"stores": settings.stores.model_copy(update={"database": url})})
    ports = connect(settings, clock)
    try:
        idp = Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER))
        yield furnish(idp, clock, Wire(), ports.brief)
    finally:
        ports.close()


def winners(replies: list[Reply], error: str) -> list[Reply]:
    """Those who got something; all others were told this."""
    assert {reply.json["error"] for reply in replies if reply.status != 200} <= {error}
    return [reply for reply in replies if reply.status == 200]


def is_over(world: World, reply: Reply, client_id: str = "payroll") -> bool:
    """Whether nothing of it lives any more."""
    refreshed = world.refresh(reply.json["refresh_token"], client_id)
    return world.introspect(reply.json["access_token"], "docs") == {"active": False} and refreshed.status == 400


@pytest.mark.parametrize("crowd", [8] * ROUNDS + [CROWD])
def test_a_code_is_worth_tokens_at_most_once(real: World, crowd: int) -> None:
    code = real.code(scopes="openid docs.read")
    won = winners(at_once([lambda: real.redeem(code)] * crowd), "invalid_grant")
    assert len(won) <= 1 and all(is_over(real, reply) for reply in won)


@pytest.mark.parametrize("crowd", [8] * ROUNDS + [CROWD])
def test_a_public_refresh_token_moves_its_family_at_most_once(real: World, crowd: int) -> None:
    token = real.tokens("app", "openid docs.read")["refresh_token"]
    won = winners(at_once([lambda: real.refresh(token, "app")] * crowd), "invalid_grant")
    assert len(won) <= 1 and all(is_over(real, reply, "app") for reply in won)


def test_a_confidential_refresh_token_serves_all_who_hold_it(real: World) -> None:
    token = real.tokens()["refresh_token"]
    assert {reply.status for reply in at_once([lambda: real.refresh(token)] * 8)} == {200}


def allowed(real: World, grant_type: str) -> dict[str, str]:
    """The poll of a request of that kind that its person allowed already."""
    code = real.code(scopes="openid docs.read")
    grant_id = real.brief.take_code(hash_of(code)).code.grant_id
    value, ends = real.idp.token(), real.clock() + timedelta(minutes=5)
    scopes, audience = ("openid", "docs.read"), "urn:example:docs"
    slip: DeviceRequest | BackchannelRequest
    if grant_type == DEVICE:
        slip = DeviceRequest("payroll", hash_of(value + "u"), scopes, audience, ends, 5, "net", None)
    else:
        slip = BackchannelRequest(real.idp.id("ask"), "payroll", real.subject.id, scopes, audience, ends, 5)
    real.brief.keep(hash_of(value), replace(slip, state="approved", grant_id=grant_id), timedelta(minutes=5))
    return {"grant_type": grant_type, "device_code" if grant_type == DEVICE else "auth_req_id": value}


@pytest.mark.parametrize("grant_type", [DEVICE, CIBA], ids=["device", "ciba"])
@pytest.mark.parametrize("crowd", [8, 8, CROWD])
def test_what_a_person_allowed_elsewhere_is_taken_once(real: World, grant_type: str, crowd: int) -> None:
    payroll = real.client("payroll")
    real.change_client("payroll", grant_types=tuple({*payroll.grant_types, DEVICE, CIBA}))
    poll = allowed(real, grant_type)
    replies = at_once([lambda: real.token("payroll", poll)] * crowd)
    assert len(winners(replies, "invalid_grant")) == 1
    assert real.token("payroll", poll).json["error"] == "invalid_grant"


def test_a_pushed_request_is_spent_once(real: World) -> None:
    """By the step that ends a sign-in with it: one of a hundred browsers."""
    name, life = hash_of(real.idp.token()), timedelta(seconds=60)
    real.brief.keep(name, PushedRequest("payroll", (("scope", "openid"),), real.clock() + life), life)
    gate = threading.Barrier(CROWD)

    def finish() -> tuple[bool, bool]:
        gate.wait()
        return real.brief.spend("pushed", name, life), real.brief.drop(PushedRequest, name)

    with ThreadPoolExecutor(CROWD) as pool:
        done = list(pool.map(lambda _: finish(), range(CROWD)))
    assert [sum(one) for one in zip(*done, strict=True)] == [1, 1]
    assert real.brief.kept(PushedRequest, name) is None


def spent_once(calls: list[Callable[[], Reply]], error: str) -> bool:
    return len(winners(at_once(calls), error)) == 1


def test_an_assertion_and_a_proof_are_spent_once(real: World) -> None:
    key = Key("ES256", "k1")
    form = MACHINE | asserted(assertion(key, "robot", real.clock()))
    real.change_client("robot", auth_method="private_key_jwt", jwks=(key.jwk,))
    try:
        assert spent_once([lambda: real.call("/token", form, None)] * CROWD, "invalid_client")
    finally:
        real.change_client("robot", auth_method="client_secret_basic", jwks=())
    said = {"Authorization": basic("robot", SECRET), "DPoP": proof(key, "POST", f"{ISSUER}/token", real.clock())}
    assert spent_once([lambda: real.call("/token", MACHINE, None, said)] * CROWD, "invalid_dpop_proof")


def test_the_whole_road_on_real_stores(real: World) -> None:
    tokens = real.tokens()
    assert real.introspect(tokens["access_token"])["scope"] == "payroll.read"
    mine = real.refresh(tokens["refresh_token"], resource=ISSUER).json["access_token"]
    assert real.userinfo(mine).json["name"] == "Alice Chen"
    assert real.call("/revoke", {"token": tokens["refresh_token"]}).status == 200
    assert real.introspect(tokens["access_token"]) == {"active": False}
    assert real.userinfo(mine).status == 401
