"""Signing keys: made once, rolled over without a token that cannot be verified."""

from datetime import timedelta

import pytest

from idp.errors import Unavailable
from idp.flows import keys
from idp.oidc.signing import prove
from tests.support.tokens import claims_of, world


def test_the_first_start_makes_one_key_and_the_next_none() -> None:
    w = world()
    (key,) = w.truth.configuration().keys
    assert keys.ensure_signing_key(w.idp) == key
    assert len(w.truth.configuration().keys) == 1
    assert w.events("key.changed")[0]["kid"] == key.kid


def test_two_processes_at_first_start_make_one_key() -> None:
    w = world()
    (key,) = w.truth.configuration().keys
    with w.truth.begin() as tx:
        tx.registry.retire_key(key.kid, w.clock())
    w.clock.move(seconds=11)
    assert w.truth.lease("signing-key", "another", w.clock(), timedelta(seconds=10))
    assert keys.ensure_signing_key(w.idp) is None


def test_a_roll_over_is_noticed_by_nobody() -> None:
    w = world()
    old = keys.signing_key(w.idp, w.clock())
    before = w.tokens(scopes="openid")["access_token"]
    new = keys.rotate(w.idp, by="test")
    assert [key["kid"] for key in w.http("GET", "/jwks").json["keys"]] == [new.kid, old.kid]
    assert keys.signing_key(w.idp, w.clock()) == next(one for one in keys.listed(w.idp) if one.kid == old.kid)
    w.clock.at += keys.AHEAD - timedelta(seconds=1)
    late = w.tokens(scopes="openid")["access_token"]
    w.clock.move(seconds=1)
    after = w.tokens(scopes="openid")["access_token"]
    assert claims_of(late)["iat"] + 1 == claims_of(after)["iat"]
    assert prove(before, "at+jwt", [old]) and prove(late, "at+jwt", [old]) and prove(after, "at+jwt", [new])
    w.clock.move(minutes=59)
    assert w.userinfo(late).status == w.userinfo(after).status == 200
    w.clock.move(hours=24)
    assert [key["kid"] for key in w.http("GET", "/jwks").json["keys"]] == [new.kid]


def test_at_once() -> None:
    w = world()
    new = keys.rotate(w.idp, by="test", at_once=True)
    assert keys.signing_key(w.idp, w.clock()).kid == new.kid
    assert {event["what"] for event in w.events("key.changed")} == {"made", "retires"}


def test_a_retired_key_stays_longer_than_any_token() -> None:
    w = world()
    assert keys.overlap(w.idp) >= timedelta(minutes=w.idp.settings.life.access_token_minutes)


def test_without_a_key_nothing_is_signed_and_nothing_is_a_500() -> None:
    w = world()
    with w.truth.begin() as tx:
        tx.registry.retire_key(w.truth.configuration().keys[0].kid, w.clock())
    with pytest.raises(Unavailable):
        keys.signing_key(w.idp, w.clock())
    reply = w.token("robot", {"grant_type": "client_credentials", "scope": "docs.read"})
    assert (reply.status, reply.json["error"]) == (503, "temporarily_unavailable")
    assert int(reply.headers["Retry-After"]) > 0
