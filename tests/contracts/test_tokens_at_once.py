"""Single use under any interleaving, on the real stores: SQLite and Valkey behind the real endpoints."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import connect
from idp.authn.factors.passkey import RelyingParty
from idp.flows.context import Idp
from risk.zones import Zones
from tests.attacks.test_code_replay import at_once
from tests.support.house import settings_in
from tests.support.tokens import ENGINE, ISSUER, Clock, Wire, World, furnish

ROUNDS = 8


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("house")
    clock = Clock()
    settings = settings_in(folder)
    ports = connect(settings, clock)
    try:
        idp = Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER))
        yield furnish(idp, clock, Wire(), ports.brief)
    finally:
        ports.close()


def test_a_code_is_worth_tokens_at_most_once(real: World) -> None:
    for _ in range(ROUNDS):
        code = real.code()
        replies = at_once([lambda code=code: real.redeem(code)] * 8)  # type: ignore[misc]
        won = [reply for reply in replies if reply.status == 200]
        assert len(won) <= 1
        assert {reply.json["error"] for reply in replies if reply.status != 200} == {"invalid_grant"}
        for reply in won:
            assert real.introspect(reply.json["access_token"]) == {"active": False}
            assert real.refresh(reply.json["refresh_token"]).json["error"] == "invalid_grant"


def test_a_public_refresh_token_moves_its_family_at_most_once(real: World) -> None:
    for _ in range(ROUNDS):
        token = real.tokens("app", "openid docs.read")["refresh_token"]
        replies = at_once([lambda token=token: real.refresh(token, "app")] * 8)  # type: ignore[misc]
        won = [reply for reply in replies if reply.status == 200]
        assert len(won) <= 1
        for reply in won:
            assert real.refresh(reply.json["refresh_token"], "app").json["error"] == "invalid_grant"


def test_a_confidential_refresh_token_serves_all_who_hold_it(real: World) -> None:
    token = real.tokens()["refresh_token"]
    assert {reply.status for reply in at_once([lambda: real.refresh(token)] * 8)} == {200}


def test_the_whole_road_on_real_stores(real: World) -> None:
    tokens = real.tokens()
    assert real.introspect(tokens["access_token"])["scope"] == "payroll.read"
    mine = real.refresh(tokens["refresh_token"], resource=ISSUER).json["access_token"]
    assert real.userinfo(mine).json["name"] == "Alice Chen"
    assert real.call("/revoke", {"token": tokens["refresh_token"]}).status == 200
    assert real.introspect(tokens["access_token"]) == {"active": False}
    assert real.userinfo(mine).status == 401
