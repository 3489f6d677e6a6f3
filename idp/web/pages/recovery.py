"""Pages for whoever lost something: a saved code, a pass, the help desk; and the codes themselves, shown once.

What it is for: view-models. Fields of the forms are named in each docstring; every form also sends `csrf`.
What it does not do: say anything of an account to whoever has proved nothing of it.
Spec: NIST SP 800-63B-4 §3.1.2, §4.2.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from idp.web.pages.parts import HelpDesk, Name, Page, Reason

CodeError = Literal["empty", "wrong", "wait", "later"]


@dataclass(frozen=True, slots=True)
class Recovery(Page):
    """One of the saved codes. Form: `code`. Other buttons: `do=another`, `do=lost`, `do=not-me`."""

    template: ClassVar[str] = "recovery.html"
    action: str
    error: CodeError | None = None
    reasons: tuple[Reason, ...] = ()
    reference: str | None = None
    others: bool = False
    not_me: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True)
class RecoveryLeft(Page):
    """A code was spent: how many are left. Form: nothing but the button. `renew`: where a new set is made."""

    template: ClassVar[str] = "recovery_left.html"
    action: str
    left: int
    renew: str


@dataclass(frozen=True, slots=True)
class AccessPass(Page):
    """The temporary access pass of the help desk. Form: `code`. The same for names that nobody has.

    Args:
        back: to the password.
    """

    template: ClassVar[str] = "pass.html"
    action: str
    identifier: str
    back: str
    error: CodeError | None = None


@dataclass(frozen=True, slots=True)
class Lost(Page):
    """*I no longer have any of these*: whom to ask, what to bring, and the reference to tell. Form: back to the step.

    Args:
        access_pass: where a pass is typed.
    """

    template: ClassVar[str] = "lost.html"
    action: str
    department: Name
    ticket: str
    access_pass: str
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class RecoveryCodes(Page):
    """A new set of recovery codes, kept when the form comes back with `saved=yes`. Form: `codes` (sealed), `saved`.

    Args:
        codes: ten, in groups.
        sealed: the same for the form.
        unticked: it came back without the tick.
        progress: (ways that are there, ways that are wanted), on the way in.
        replaces: an earlier set is over with this one.
        person: whose they are, for the printed sheet and the file.
        service: of what, likewise.
    """

    template: ClassVar[str] = "recovery_codes.html"
    action: str
    codes: tuple[str, ...]
    sealed: str
    person: Name
    service: Name
    unticked: bool = False
    progress: tuple[int, int] | None = None
    replaces: bool = False

    @property
    def file(self) -> str:
        """The address of the same codes as a text file: nothing is fetched, nothing is kept."""
        return "data:text/plain;charset=utf-8," + "%0D%0A".join(self.codes) + "%0D%0A"

    @property
    def text(self) -> str:
        return "\n".join(self.codes)
