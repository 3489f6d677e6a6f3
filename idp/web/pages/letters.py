"""Pages behind the links of letters: *It wasn't me*.

What it is for: view-models. The form sends `csrf` and `do=not-me`; showing the page changes nothing, because mail
scanners open links. What it does not do: name anybody, since a letter may be read by many.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp.web.pages.parts import UNKNOWN_PLACE, Page, Place, Reason


@dataclass(frozen=True, slots=True)
class NotMe(Page):
    """What a letter told of, and the question."""

    template: ClassVar[str] = "not_me.html"
    action: str
    what: Reason
    at: datetime
    place: Place = UNKNOWN_PLACE
    device: str = ""


@dataclass(frozen=True, slots=True)
class NotMeDone(Page):
    """What was done about it, and what is left to the person.

    Args:
        keeps_password: the password is kept here, so that a new one is asked for at the next sign-in.
        password_page: where their department lets them change it; None where nobody said.
    """

    template: ClassVar[str] = "not_me_done.html"
    ended: int
    keeps_password: bool
    password_page: str | None = None
    methods: str = "/me/methods"
