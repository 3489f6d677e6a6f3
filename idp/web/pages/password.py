"""Pages where a new password is chosen: within a sign-in, and of a person's own accord.

What it is for: view-models with the rules in figures and each refusal as a word of `idp.authn.passwords.Refusal`.
What it does not do: hold anything that was typed. Spec: NIST SP 800-63B-4 §3.1.1.2 (the reason is told).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from idp.authn.passwords import Due, Refusal, Rules
from idp.web.pages.parts import Name, Page


@dataclass(frozen=True, slots=True)
class NewPassword(Page):
    """A step of the sign-in. Form: `new`; the hidden copy `username` is for password managers and is ignored."""

    template: ClassVar[str] = "new_password.html"
    action: str
    identifier: str
    why: Due
    rule: Rules
    refusals: tuple[Refusal, ...] = ()
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MePassword(Page):
    """A person's own change. Form: `current`, `new`, `end-others=yes`.

    Args:
        rule: None where a directory keeps the password: `keeper` names it, `elsewhere` is its page.
        wrong: the current one was not right.
        changed: how many other sessions ended with the change; None: nothing was changed.
    """

    template: ClassVar[str] = "me_password.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "methods"
    action: str
    identifier: str
    rule: Rules | None
    refusals: tuple[Refusal, ...] = ()
    advice: tuple[str, ...] = ()
    wrong: bool = False
    changed: int | None = None
    keeper: Name | None = None
    elsewhere: str | None = None
