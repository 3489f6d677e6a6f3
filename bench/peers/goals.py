"""What we want of each row: operations per server core-second, as a ratio in one run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """`against`: `N`, another operation of ours (`Gerege cc`), or what Argon2 alone allows. `note`: no operation."""

    row: str
    operation: str
    against: str
    told: str
    note: str | None = None


GOALS = (
    Goal("discovery", "discovery", "N", "≥ 4"),
    Goal("JWKS", "jwks", "N", "≥ 2.5"),
    Goal("client_credentials, ES256 JWT", "cc", "N", "≥ 2.5"),
    Goal("client_credentials beside Authlib", "cc", "A", "≥ 10"),
    Goal("the same with private_key_jwt and DPoP", "fapi", "Gerege cc", "≥ 0.4"),
    Goal("code → token", "exchange", "N", "≥ 1.2"),
    Goal("refresh with rotation (public client)", "refresh", "N", "≥ 1.3"),
    Goal("introspection, JWT (N: opaque)", "introspect", "N", "≥ 1.3"),
    Goal("introspection, opaque", "introspect:opaque", "N introspect", "≥ 1.7"),
    Goal("userinfo", "userinfo", "N", "≥ 1.3"),
    Goal("SSO: authorize + exchange", "sso", "N", "≥ 1.3"),
    Goal("sign-in: LDAP bind, TOTP, risk, policy, audit (N checks nothing)", "flow", "N", "≥ 0.8"),
    Goal("sign-in: local Argon2id, TOTP", "flow:local", "Argon2", "≥ 0.85"),
    Goal("a wrong client secret, to a right one", "wrong", "Gerege cc", "≥ 1"),
    Goal("start → first token", "", "N", "≤ 1.5", note="start_to_token_s"),
    Goal("memory loaded, PSS", "", "N", "≤ 1.2", note="memory_loaded_mb"),
)
