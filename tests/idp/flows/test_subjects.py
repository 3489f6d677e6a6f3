"""Pairwise names: the same within a sector, others between sectors, and everywhere where a `sub` is said or heard."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.flows import subjects
from idp.flows.deliver import deliver_now
from idp.flows.sessions import end
from idp.oidc.logout_request import Hint
from idp.oidc.subjects import sector_of
from tests.support.tokens import World, claims_of, world


@pytest.fixture
def there() -> World:
    made = world()
    for name in ("payroll", "docs"):
        made.change_client(name, subject_type="pairwise")
    return made


def names_in(there: World, client_id: str, scopes: str) -> set[str]:
    """Every `sub` that the application gets to see."""
    mine = there.tokens(client_id, f"openid {scopes}")
    told = there.introspect(mine["access_token"], client_id)
    assert told["active"]
    about_me = there.tokens(client_id, "openid")["access_token"]
    return {
        claims_of(mine["id_token"])["sub"],
        claims_of(mine["access_token"])["sub"],
        str(told["sub"]),
        there.userinfo(about_me).json["sub"],
    }


def test_two_sectors_two_names_one_everywhere(there: World) -> None:
    [payroll] = names_in(there, "payroll", "payroll.read")
    [docs] = names_in(there, "docs", "docs.read")
    assert len({payroll, docs, there.subject.id}) == 3
    assert there.subject.id not in payroll + docs
    assert claims_of(there.tokens("app", "openid docs.read")["id_token"])["sub"] == there.subject.id


def test_one_sector_one_name(there: World) -> None:
    payroll = there.client("payroll")
    sister = replace(payroll, id="sister", redirect_uris=("https://payroll.example/other",))
    file = replace(
        payroll, redirect_uris=("https://x.example/",), sector_identifier_uri="https://payroll.example/s.json"
    )
    stranger = replace(payroll, redirect_uris=("https://payroll.example.evil.example/callback",))
    mine = subjects.named(there.idp, payroll, there.subject.id)
    assert {subjects.named(there.idp, one, there.subject.id) for one in (sister, file)} == {mine}
    assert subjects.named(there.idp, stranger, there.subject.id) != mine
    assert subjects.named(there.idp, payroll, "sub_other") != mine
    assert sector_of(replace(payroll, redirect_uris=())) == "payroll"


def test_the_logout_token_says_the_same_name(there: World) -> None:
    there.tokens("payroll", "openid")
    with there.truth.begin() as tx:
        end(there.idp, tx, there.session.sid, there.clock(), why="sign-out", by=there.subject.id)
    deliver_now(there.idp, there.session.sid, there.clock() + timedelta(seconds=10))
    told = [claims_of(form["logout_token"]) for _, form in there.wire.sent]
    assert {one["sub"] for one in told} == {subjects.named(there.idp, there.client("payroll"), there.subject.id)}


def test_a_hint_is_believed_for_its_own_person_alone(there: World) -> None:
    payroll, sid = there.client("payroll"), there.session.sid
    mine = subjects.named(there.idp, payroll, there.subject.id)
    assert subjects.whose(there.idp, Hint(mine, sid, payroll)) == there.subject.id
    assert subjects.whose(there.idp, Hint(there.subject.id, sid, payroll)) is None
    assert subjects.whose(there.idp, Hint(mine, "sid_unknown", payroll)) is None
    assert subjects.whose(there.idp, Hint(there.subject.id, sid, there.client("app"))) == there.subject.id
    assert subjects.means(there.idp, payroll, None, there.subject.id)
    assert subjects.means(there.idp, payroll, mine, there.subject.id)
    assert not subjects.means(there.idp, payroll, there.subject.id, there.subject.id)


def test_a_token_of_a_pairwise_client_can_be_revoked_and_the_log_knows_whose_it_was(there: World) -> None:
    token = there.tokens("payroll", "openid")["access_token"]
    assert there.call("/revoke", {"token": token}).status == 200
    assert there.userinfo(token).status == 401
    assert there.events("token.revoked")[0]["subject_id"] == there.subject.id
