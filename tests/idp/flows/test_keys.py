"""Signing keys: made once, rolled over without a token that cannot be verified."""

from datetime import timedelta

import pytest

from idp.errors import InvalidToken, Unavailable
from idp.flows import keys
from idp.oidc.id_token import read_hint
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


def test_a_key_in_wrong_hands_is_out_at_once() -> None:
    """Not published, and nothing that it signed is believed: not even what was proved before."""
    w = world()
    stolen = keys.signing_key(w.idp, w.clock())
    tokens = w.tokens(scopes="openid")
    assert w.userinfo(tokens["access_token"]).status == 200
    new = keys.rotate(w.idp, by="test", at_once=True, reason="laptop lost")
    assert keys.signing_key(w.idp, w.clock()).kid == new.kid
    assert [key["kid"] for key in w.http("GET", "/jwks").json["keys"]] == [new.kid]
    assert w.userinfo(tokens["access_token"]).status == 401
    assert w.introspect(tokens["access_token"]) == {"active": False}
    with pytest.raises(InvalidToken):
        read_hint(tokens["id_token"], w.idp.issuer, w.truth.configuration().keys)
    assert w.userinfo(w.tokens(scopes="openid")["access_token"]).status == 200
    assert {(event["kid"], event["what"]) for event in w.events("key.changed")} == {
        (stolen.kid, "made"), (new.kid, "made"), (stolen.kid, "revoked"),
    }  # fmt: skip


def test_what_was_retired_before_is_revoked_too() -> None:
    w = world()
    keys.rotate(w.idp, by="test")
    w.clock.at += keys.AHEAD
    assert len(w.http("GET", "/jwks").json["keys"]) == 2
    new = keys.rotate(w.idp, by="test", at_once=True)
    assert [key["kid"] for key in w.http("GET", "/jwks").json["keys"]] == [new.kid]


def test_each_algorithm_has_a_key_of_its_own() -> None:
    w = world()
    assert w.http("GET", "/.well-known/openid-configuration").json["id_token_signing_alg_values_supported"] == ["ES256"]
    made = keys.tend(w.idp)
    assert [key.alg for key in made] == ["PS256", "EdDSA", "RS256"]
    assert keys.tend(w.idp) == ()
    offered = w.http("GET", "/.well-known/openid-configuration").json["id_token_signing_alg_values_supported"]
    assert offered == ["ES256", "PS256", "EdDSA", "RS256"]
    published = {key["kid"]: key for key in w.http("GET", "/jwks").json["keys"]}
    assert {key["alg"] for key in published.values()} == set(offered) and len(published) == 4
    assert not any({"d", "p", "q", "k"} & key.keys() for key in published.values())
    for alg in offered:
        token = keys.signed(w.idp, "at+jwt", {"n": alg}, alg=alg)
        assert prove(token, "at+jwt", keys.published(w.idp, w.clock())) == {"n": alg}


def test_keys_are_rolled_over_when_their_term_is_over() -> None:
    w = world()
    keys.tend(w.idp)
    term = timedelta(days=w.idp.settings.keys.rotation_days)
    w.clock.at += term - timedelta(seconds=1)
    assert keys.tend(w.idp) == ()
    w.clock.move(seconds=1)
    old = {key.alg: key for key in keys.listed(w.idp)}
    made = keys.tend(w.idp)
    assert {key.alg for key in made} == set(old)
    assert keys.tend(w.idp) == ()  # those to come count
    for alg in old:
        assert keys.signing_key(w.idp, w.clock(), alg).kid == old[alg].kid
    assert len(w.http("GET", "/jwks").json["keys"]) == 8
    w.clock.at += keys.AHEAD
    assert {keys.signing_key(w.idp, w.clock(), alg).kid for alg in old} == {key.kid for key in made}
    w.clock.at += keys.overlap(w.idp)
    assert {key["kid"] for key in w.http("GET", "/jwks").json["keys"]} == {key.kid for key in made}


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
