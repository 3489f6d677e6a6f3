"""base64url without padding, and only the one right way to write it. Spec: RFC 7515 §2, RFC 4648 §3.5, §5."""

import binascii

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")  # what base64url does not know becomes what no alphabet knows
_PADDING = (b"", b"=", b"==", b"===")


def encode(octets: bytes) -> bytes:
    """base64url without padding. Spec: RFC 7515 §2."""
    return binascii.b2a_base64(octets, newline=False).rstrip(b"=").translate(_TO_URL)


def decode(part: bytes) -> bytes:
    """The octets of base64url without padding. Raises ValueError: also for a second spelling of the same octets."""
    octets = binascii.a2b_base64(part.translate(_FROM_URL) + _PADDING[-len(part) % 4], strict_mode=True)
    if encode(octets) != part:  # unused bits that are set: a second spelling of the same token
        raise ValueError("not canonical")
    return octets


def uint(number: int, octets: int = 0) -> str:
    """A number as JWK members hold it; `octets` where the length is fixed. Spec: RFC 7518 §2 (Base64urlUInt)."""
    return encode(number.to_bytes(octets or (number.bit_length() + 7) // 8, "big")).decode("ascii")
