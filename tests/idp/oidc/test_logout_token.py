"""Logout tokens as Back-Channel Logout 1.0 §2.4 asks."""

from datetime import UTC, datetime

from idp.oidc import logout_token

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_everything_that_it_must_say_and_nothing_that_it_must_not() -> None:
    said = logout_token.claims("https://id.example", "payroll", "sub_1", "sid_1", "j", NOW)
    assert logout_token.TYPE == "logout+jwt"
    assert said["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert said.keys() == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "events"}
    assert "nonce" not in said
    assert 0 < int(str(said["exp"])) - int(str(said["iat"])) <= 120
