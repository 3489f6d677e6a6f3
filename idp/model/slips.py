"""Requests that wait for a short while outside a browser: pushed, of a device, of a back channel.

Each lies in the short-lived store under the hash of a random value. `version` moves by compare and set.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Parameters = tuple[tuple[str, str], ...]
Waiting = Literal["pending", "approved", "denied"]


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An authorization request that its client pushed. Spec: RFC 9126 §2."""

    client_id: str
    parameters: Parameters
    expires_at: datetime
    dpop_jkt: str | None = None
    """Thumbprint of the key that was proved when it was pushed. Spec: RFC 9449 §10.1."""
    by_browser: bool = False
    """Posted to /authorize, by nobody who proved who they are."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """A device without a browser waits for its person. Spec: RFC 8628 §3.2.

    grant_id: what the person gave, once approved. interval: seconds between polls; polled_at: the last one.
    """

    client_id: str
    user_code_hash: str
    scopes: tuple[str, ...]
    audience: str | None
    expires_at: datetime
    interval: int
    network: str
    country: str | None
    state: Waiting = "pending"
    grant_id: str | None = None
    polled_at: datetime | None = None
    dpop_jkt: str | None = None
    city: str | None = None
    asn: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class UserCode:
    """What a person types leads to the device's request. Spec: RFC 8628 §6.1."""

    device_hash: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class BackchannelRequest:
    """An application asks a person through us, without their browser. Spec: CIBA Core §7.1.

    subject_id: whom it asks; None: nobody here is meant, which the application cannot tell from nobody's answering.
    binding_message: what both sides show.
    """

    id: str
    client_id: str
    subject_id: str | None
    scopes: tuple[str, ...]
    audience: str | None
    expires_at: datetime
    interval: int
    binding_message: str | None = None
    acr_values: tuple[str, ...] = ()
    state: Waiting = "pending"
    grant_id: str | None = None
    polled_at: datetime | None = None
    version: int = 1


Slip = PushedRequest | DeviceRequest | UserCode | BackchannelRequest
