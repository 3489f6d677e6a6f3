"""What every store of grants must do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from idp.errors import Conflict
from idp.ports import Truth
from tests.support.stores import ALICE, HOUR, NOW, WANG, family, grant, session


def begin(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        tx.grants.add(grant())
        tx.grants.add_family(family())


def test_what_goes_in_comes_out(truth: Truth) -> None:
    begin(truth)
    assert truth.grants.get("g-1") == grant()
    assert truth.grants.get("other") is None
    assert truth.grants.of_session("sid-1") == [grant()]
    assert truth.grants.of_subject(ALICE.id) == [grant()]
    assert truth.grants.of_subject(WANG.id) == []
    assert truth.grants.family("f-1") == (family(), grant(), session(), ALICE)
    assert truth.grants.family("other") is None


def test_everything_follows_from_something(truth: Truth) -> None:
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.grants.add(grant(sid="no such"))
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.grants.add_family(family(grant_id="no such"))
    begin(truth)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.grants.add(grant())


def test_the_state_of_a_token(truth: Truth) -> None:
    begin(truth)
    assert truth.grants.token_state("jti-1", "g-1") == (False, grant(), session(), ALICE)
    assert truth.grants.token_state("jti-1", None) == (False, None, None, None)
    assert truth.grants.token_state("jti-1", "other") == (False, None, None, None)
    with truth.begin() as tx:
        tx.grants.revoke_token("jti-1", NOW + HOUR)
        tx.grants.revoke_token("jti-1", NOW + HOUR)
    assert truth.grants.token_state("jti-1", "g-1") == (True, grant(), session(), ALICE)
    assert truth.grants.token_state("jti-1", None)[0] is True
    assert truth.grants.token_state("jti-2", "g-1")[0] is False


def test_a_family_moves_from_its_current_token_only(truth: Truth) -> None:
    begin(truth)
    until = NOW + 200 * HOUR
    with truth.begin() as tx:
        assert tx.grants.rotate("f-1", "token-0", "token-1", until)
        assert not tx.grants.rotate("f-1", "token-0", "token-2", until)
        assert not tx.grants.rotate("other", "token-0", "token-2", until)
    found = truth.grants.family("f-1")
    assert found is not None
    assert found[0] == replace(family(), current_hash="token-1", generation=1, idle_expires_at=until)
    with truth.begin() as tx:
        tx.grants.keep_alive("f-1", until + HOUR)
        assert tx.grants.revoke("g-1", NOW)
        assert not tx.grants.revoke("g-1", NOW)
        assert not tx.grants.rotate("f-1", "token-1", "token-2", until)
        tx.grants.keep_alive("f-1", until + 9 * HOUR)
    found = truth.grants.family("f-1")
    assert found is not None
    assert (found[0].revoked_at, found[0].idle_expires_at, found[1].revoked_at) == (NOW, until + HOUR, NOW)


def test_of_fifty_with_one_refresh_token_one_wins(truth: Truth) -> None:
    begin(truth)

    def rotate(number: int) -> bool:
        with truth.begin() as tx:
            return tx.grants.rotate("f-1", "token-0", f"token-{number + 1}", NOW + HOUR)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(rotate, range(50))) == 1


def test_consent_adds_up_until_it_is_withdrawn(truth: Truth) -> None:
    begin(truth)
    with truth.begin() as tx:
        tx.grants.consent(ALICE.id, "payroll", ["openid", "profile"], NOW)
        tx.grants.consent(ALICE.id, "payroll", ["openid", "payroll.read"], NOW)
        tx.grants.consent(ALICE.id, "payroll", [], NOW)
    assert truth.grants.consented(ALICE.id, "payroll") == {"openid", "profile", "payroll.read"}
    assert truth.grants.consented(WANG.id, "payroll") == frozenset()
    with truth.begin() as tx:
        tx.grants.withdraw(ALICE.id, "payroll", NOW)
    assert truth.grants.consented(ALICE.id, "payroll") == frozenset()
    assert truth.grants.get("g-1") == replace(grant(), revoked_at=NOW)
    found = truth.grants.family("f-1")
    assert found is not None
    assert found[0].revoked_at == NOW
