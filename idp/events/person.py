"""What people change of their own: devices they trust, who acts for them, in which post they work."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrusted(Event):
    """At this device the second factor is not asked for until then. `keyed`: its browser keeps a key."""

    name: ClassVar[str] = "device.trusted"
    until: str
    acr: str
    keyed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceForgotten(Event):
    """A device is not trusted any more, or not known at all. `why`: forgotten, untrusted, sessions-ended."""

    name: ClassVar[str] = "device.forgotten"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationMade(Event):
    """The subject lets `delegate_id` act for them in these applications."""

    name: ClassVar[str] = "delegation.made"
    delegation_id: str
    delegate_id: str
    clients: tuple[str, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEnded(Event):
    """The subject's delegation ended before its time; `by` is one of both."""

    name: ClassVar[str] = "delegation.ended"
    delegation_id: str
    delegate_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSwitched(Event):
    """The subject works in another of their posts from now on; what was open stays as it was."""

    name: ClassVar[str] = "post.switched"
    before: str
    post_id: str
