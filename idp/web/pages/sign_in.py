"""Pages on the way in: who you are, your department, your password.

What it is for: view-models of the first steps. Fields of the forms are named in each docstring; every form also sends
`csrf`.
What it does not do: decide what comes next; that is the dispatcher's.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from idp.web.pages.parts import Choice, HelpDesk, Name, Page
from idp.web.pages.signals import Signals


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Who signed in lately on this device. The cookie holds an opaque id; the name is looked up.

    choice: names them in this page's form. signed_in: they are, in another tab.
    """

    choice: str
    name: Name
    department: Name
    signed_in: bool = False
    crest: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn(Page):
    """First page: one box for the identifier, and passkeys by autofill and by button.

    Form: `username`, or `credential` (JSON of the assertion, with `do=passkey`). With `known`: `do=known` or
    `do=forget`, and `person` (a `KnownPerson.choice`). `shared=yes`: nothing is remembered here.

    Args:
        action: where the forms are sent.
        options: URL that answers a POST of `csrf` with the JSON of PublicKeyCredentialRequestOptions; None hides
            passkeys.
        identifier: what was typed, kept.
        error: why the page is shown again.
        known: who is welcomed back, above the box.
        shared: the tick *This is a shared computer*; None where the network says so already.
        card: the page of the smart card; None where there are none.
        example: an identifier of this government's shape, for the hint.
        signals: the passkey that was not known, so that the browser forgets it.
    """

    template: ClassVar[str] = "sign_in.html"
    action: str
    options: str | None = None
    identifier: str = ""
    error: Literal["empty", "unreadable", "expired", "passkey", "recalled"] | None = None
    known: tuple[KnownPerson, ...] = ()
    example: str | None = None
    card: str | None = None
    signals: Signals | None = None
    shared: bool | None = False


@dataclass(frozen=True, slots=True)
class Department(Page):
    """Which department keeps this person. Radios up to seven, else a list.

    Form: `department` (a `Choice.value`). `change` leads back to the first page.
    """

    template: ClassVar[str] = "department.html"
    action: str
    identifier: str
    departments: tuple[Choice, ...]
    change: str
    chosen: str | None = None
    missing: bool = False

    @property
    def groups(self) -> tuple[tuple[Name | None, tuple[Choice, ...]], ...]:
        """The choices by group, in the order given."""
        names = dict.fromkeys(choice.group for choice in self.departments)
        return tuple((name, tuple(one for one in self.departments if one.group == name)) for name in names)


@dataclass(frozen=True, slots=True)
class Password(Page):
    """The password, checked by the department shown. The page is the same for unknown, throttled and wrong.

    Form: `password`; the hidden copy `username` is for password managers and is ignored.

    Args:
        change: back to the first page.
        change_department: back to the department's choice; None when there is none to choose.
        forgotten: the department's own page; None hides the link.
        wrong: the one failure sentence.
        others: (way, its page) of what nobody guesses, after a failure; the same for everybody.
        notice: what the directory said after a *correct* password.
        renew: the department's page to change an expired password. renew_here: it can be done on this page.
        refused: why the new one could not be.
        challenge: what a trusted browser's key signs, hexadecimal; None where no device is known.
        help: whom to ask, where there is no page for a forgotten password.
    """

    template: ClassVar[str] = "password.html"
    action: str
    identifier: str
    department: Name
    change: str
    change_department: str | None = None
    forgotten: str | None = None
    wrong: bool = False
    others: tuple[tuple[str, str], ...] = ()
    access_pass: str | None = None
    """Where a temporary access pass is typed."""
    notice: Literal["expired", "must_change"] | None = None
    renew: str | None = None
    renew_here: bool = False
    refused: Literal["same", "breached", "blocked", "refused"] | None = None
    help: HelpDesk | None = None
    challenge: str | None = None
    crest: str | None = None
