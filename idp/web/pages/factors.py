"""Pages of the second step and of enrolment: code, passkey, choice of a way, new authenticators.

What it is for: view-models of one more proof, always with the reason for it. Fields of the forms are named in each
docstring; every form
also sends `csrf`.
What it does not do: show scores, thresholds or secrets other than the key being enrolled.
Spec: RFC 6238 (codes), WebAuthn Level 3 §5.1.3-4 (passkeys).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from idp.model import FactorName
from idp.web.pages.parts import HelpDesk, Name, Page, Reason
from idp.web.pages.signals import Signals

WayKind = FactorName
"""A kind of proof."""


@dataclass(frozen=True, slots=True)
class Totp(Page):
    """One field for a six-digit code, with the reasons for asking.

    Form: `code` (spaces and full-width digits are allowed), `remember=yes`. Other buttons: `do=another`, `do=not-me`.

    Args:
        reasons: why one more proof is asked, strongest first; two are shown.
        reference: the code under which the decision can be read.
        error: `wrong`, `used` (wait for the next), `clock` (the phone is about `clock_minutes` off), `wait` (too many
            tries).
        remember_hours: offer to remember this device so long; None where policy forbids it.
        others: there is another way to choose.
        not_me: offer to stop and warn.
        why: the page that explains the decision.
        digits: how many a code has; None when they have authenticators of both kinds.
        device: they have a hardware token, whose clock they cannot set.
    """

    template: ClassVar[str] = "totp.html"
    action: str
    reasons: tuple[Reason, ...] = ()
    reference: str | None = None
    error: Literal["empty", "wrong", "used", "clock", "wait", "expired"] | None = None
    clock_minutes: int | None = None
    remember_hours: int | None = None
    others: bool = False
    not_me: bool = False
    why: str | None = None
    help: HelpDesk | None = None
    digits: int | None = 6
    device: bool = False


@dataclass(frozen=True, slots=True)
class Passkey(Page):
    """A passkey as second factor or step-up, with the reasons for asking.

    Form: `credential` (JSON of the assertion). Other buttons: `do=another`, `do=not-me`.

    Args:
        options: URL that answers a POST of `csrf` with the JSON of PublicKeyCredentialRequestOptions.
        failed: the last passkey was not accepted; `recalled`: because its model is not safe any more.
        signals: the passkey that was not known, so that the browser forgets it.
        after_password: a password was right just now, so the page says so.
    """

    template: ClassVar[str] = "passkey.html"
    action: str
    options: str
    reasons: tuple[Reason, ...] = ()
    reference: str | None = None
    failed: bool = False
    recalled: bool = False
    signals: Signals | None = None
    after_password: bool = False
    remember_hours: int | None = None
    others: bool = False
    not_me: bool = False
    why: str | None = None
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class Certificate(Page):
    """A smart card, as the first proof or as one more. Other buttons: `do=another`, `do=not-me`.

    Args:
        card: the address where the proxy asks the browser for a certificate; a link, never a form.
        error: `certificate` (not accepted, whatever the reason), `card-away` (whether it is good cannot be said).
        back: to the first page, when the card is the first proof.
    """

    template: ClassVar[str] = "certificate.html"
    action: str
    card: str
    reasons: tuple[Reason, ...] = ()
    reference: str | None = None
    error: Literal["certificate", "card-away"] | None = None
    back: str | None = None
    others: bool = False
    not_me: bool = False
    why: str | None = None
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One enrolled way to prove oneself."""

    value: str
    kind: WayKind
    name: str | None = None
    last_used: datetime | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class ChooseWay(Page):
    """All enrolled ways, the last one that worked on this device first. Form: `way` (a `Way.value`)."""

    template: ClassVar[str] = "choose_way.html"
    action: str
    ways: tuple[Way, ...]
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class EnrolChoose(Page):
    """A factor is required and none is there: which one to make. Form: `way` = `passkey` or `totp`.

    Args:
        offered: the kinds policy accepts, the better first.
        have: ways that they have already, which are not enough for this.
    """

    template: ClassVar[str] = "enrol_choose.html"
    action: str
    offered: tuple[Literal["passkey", "totp"], ...]
    reasons: tuple[Reason, ...] = ()
    have: int = 0


@dataclass(frozen=True, slots=True)
class EnrolCode(Page):
    """The one-time enrolment code that the department or the help desk gave.

    Form: `code`. With `skippable`, `do=skip` goes on without it (and stays at the lowest assurance level).
    """

    template: ClassVar[str] = "enrol_code.html"
    action: str
    department: Name
    error: Literal["empty", "wrong", "wait", "expired", "low"] | None = None
    skippable: bool = False
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class EnrolTotp(Page):
    """A new authenticator app: QR, key, test code. Form: `code`, `name`. Other button: `do=another` (choose a passkey).

    Args:
        uri: the `otpauth:` URI; the QR code is drawn from it.
        key: the same secret in base32, shown in groups of four.
        algorithm: where it is not the one that every app knows.
    """

    template: ClassVar[str] = "enrol_totp.html"
    action: str
    uri: str
    key: str
    name: str = ""
    algorithm: str | None = None
    error: Literal["empty", "wrong", "wait", "expired"] | None = None
    others: bool = False


@dataclass(frozen=True, slots=True)
class EnrolPasskey(Page):
    """A new passkey. Form: `credential` (JSON of the registration), `name`. Other button: `do=another` (choose an app).

    Args:
        options: URL that answers a POST of `csrf` with the JSON of PublicKeyCredentialCreationOptions.
        name: a suggestion such as "Edge on Windows".
        needs: which kind is asked for and why, where not every passkey does.
        lack: why the last one was not saved.
        keepable: it may be kept for other applications (`credential=keep`).
    """

    template: ClassVar[str] = "enrol_passkey.html"
    action: str
    options: str
    name: str = ""
    failed: bool = False
    others: bool = False
    needs: Reason | None = None
    lack: Reason | None = None
    keepable: bool = False
