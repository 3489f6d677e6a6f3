"""Hardware tokens: devices that show a code, for rooms where telephones are not allowed. Spec: RFC 6238, RFC 6030."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from idp.secret import Secret

CodeAlgorithm = Literal["SHA1", "SHA256", "SHA512"]


@dataclass(frozen=True, slots=True)
class HardwareToken:
    """One device as its maker's file told of it. `secret` is sealed at rest; once a person has the token, the same
    seed is in an authenticator of theirs, under their own key. period: seconds. lost_at: it is nobody's ever again."""

    serial: str
    secret: Secret[bytes]
    algorithm: CodeAlgorithm
    digits: int
    period: int
    imported_at: datetime
    assigned_to: str | None = None
    lost_at: datetime | None = None
