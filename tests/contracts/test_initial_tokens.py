"""Initial access tokens: looked at without spending, spent one by one, over at their end."""

from datetime import timedelta

from idp.model import InitialAccessToken
from idp.ports import Truth
from tests.support.stores import Clock


def test_uses_are_counted_and_end(truth: Truth, clock: Clock) -> None:
    now = clock()
    token = InitialAccessToken("a" * 64, "mof", "operator", now, now + timedelta(hours=1), 2)
    with truth.begin() as tx:
        tx.registry.add_initial_token(token)
        assert tx.registry.initial_token("b" * 64, now) is None
        for left in (1, 0):
            seen = tx.registry.initial_token(token.token_hash, now)
            assert seen is not None
            assert seen.uses_left == left + 1
            spent = tx.registry.use_initial_token(token.token_hash, now)
            assert spent is not None
            assert spent.uses_left == left
        assert tx.registry.initial_token(token.token_hash, now) is None
        assert tx.registry.use_initial_token(token.token_hash, now) is None


def test_a_token_that_is_over(truth: Truth, clock: Clock) -> None:
    now = clock()
    token = InitialAccessToken("c" * 64, "mof", "operator", now, now + timedelta(hours=1), 2)
    with truth.begin() as tx:
        tx.registry.add_initial_token(token)
        assert tx.registry.initial_token(token.token_hash, now + timedelta(hours=1)) is None
        assert tx.registry.use_initial_token(token.token_hash, now + timedelta(hours=1)) is None
