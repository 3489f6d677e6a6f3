"""The password policy control: what a directory tells of a password beside right and wrong.

Spec: draft-behera-ldap-password-policy-11 §6.2 (PasswordPolicyResponseValue), as OpenLDAP's ppolicy overlay sends it.
Deliberately decodes only what is acted upon, takes bytes that do not fit as "told nothing"; "locked" stays in the log.
"""

from dataclasses import dataclass

OID = "1.3.6.1.4.1.42.2.27.8.5.1"
REQUEST = (OID, False, None)

PASSWORD_EXPIRED = 0
ACCOUNT_LOCKED = 1
CHANGE_AFTER_RESET = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What the control said: uses left of an expired password, and an error code of the draft."""

    grace: int | None = None
    error: int | None = None


def decode(value: bytes) -> Told:
    """Decode a response value; anything malformed is `Told()`, which never makes a wrong password right.

    ::

        SEQUENCE { warning [0] CHOICE { timeBeforeExpiration [0] INTEGER, graceAuthNsRemaining [1] INTEGER } OPTIONAL,
                   error   [1] ENUMERATED OPTIONAL }

    Spec: draft-behera-ldap-password-policy-11 §6.2.
    """
    try:
        (body,) = _elements(value, {0x30})
        grace, error = None, None
        for tag, content in _elements(body[1], {0xA0, 0x81}):
            if tag == 0x81:
                error = _integer(content)
            else:
                ((kind, number),) = _elements(content, {0x80, 0x81})
                grace = _integer(number) if kind == 0x81 else None
        return Told(grace, error)
    except ValueError:
        return Told()


def _elements(data: bytes, allowed: set[int]) -> list[tuple[int, bytes]]:
    """Split definite-length BER elements with one-byte tags: all that this control can need.

    Lengths may be longer than they need be (389 Directory Server always takes four bytes). Spec: X.690 §8.1.3.
    """
    found = []
    while data:
        if len(data) < 2 or data[0] not in allowed:
            raise ValueError("not the control's shape")
        more = data[1] & 0x7F if data[1] & 0x80 else 0
        begin = 2 + more
        size = int.from_bytes(data[2:begin], "big") if more else data[1]
        if more > 4 or data[1] == 0x80 or len(data) < begin + size:
            raise ValueError("not the control's shape")
        found.append((data[0], data[begin : begin + size]))
        data = data[begin + size :]
    return found


def _integer(content: bytes) -> int:
    if not 1 <= len(content) <= 4:
        raise ValueError("not a number")
    return int.from_bytes(content, "big", signed=True)
