"""A bind that must be refused: by it a directory that says yes to everything is found out before it is believed.

Spec: RFC 4513 §5.1 (simple bind), §6.3.1 (unauthenticated binds). Each new connection first binds as nobody, with a
random password. Behind a proxy that answers in the directory's place, a test server left in the address, or a server
that takes every bind for an anonymous one, whoever knows a name would be let in. No account exists by the name that is
asked, so that no lock-out counts it, and it begins with words that the directory's own watch can let through. What it
cannot find: a server that checks nothing for those who exist, and refuses all others.
Deliberately sends nothing itself.
"""

import secrets

NAME = "gerege-must-be-refused"


def nobody(base_dn: str) -> tuple[str, bytes]:
    """(a name under `base_dn` that nobody has, a password that nobody has)."""
    return f"cn={NAME}-{secrets.token_hex(8)},{base_dn}", secrets.token_hex(16).encode()
