"""Pages for people who approve away from the application: a device's code, and requests of a back channel.

What it is for: view-models of `/device` and `/me/approve`. Every form of ours also sends `csrf`. The warning is one,
and it is always there (RFC 8628 §5.4).
What it does not do: leave out where a request comes from, for any application.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from idp.web.pages.endings import ConsentItem
from idp.web.pages.parts import Name, Page, Place


@dataclass(frozen=True, slots=True)
class DeviceCode(Page):
    """Type the code that a device shows. Form: `user_code`. `code` is prefilled, never taken as typed."""

    template: ClassVar[str] = "device_code.html"
    action: str
    code: str = ""
    error: Literal["empty", "wrong"] | None = None


Proved = Literal["proved", "unmet"]
"""The person comes back from one more proof: it was given, or it could not be."""


@dataclass(frozen=True, slots=True)
class DeviceConfirm(Page):
    """Which application asks, for what, from where and when. Form: `do=allow` or `do=deny`.

    Args:
        code: as the device shows it, to be compared.
        network: its number and name where they are known.
        at: when the device asked.
    """

    template: ClassVar[str] = "device_confirm.html"
    action: str
    app: Name
    owner: Name
    code: str
    place: Place
    at: datetime
    items: tuple[ConsentItem, ...]
    network: str | None = None
    notice: Proved | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """One request that waits. `message`: the application's own words, to be compared with what it shows there."""

    id: str
    app: Name
    owner: Name
    until: datetime
    items: tuple[ConsentItem, ...]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class MeApprove(Page):
    """Requests that wait for this person, oldest first. Form: `request` with `do=allow` or `do=deny`."""

    template: ClassVar[str] = "me_approve.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "approve"
    action: str
    requests: tuple[Asking, ...]
    notice: Literal["allowed", "denied", "over"] | Proved | None = None
