"""/me/language: in which language these pages and the letters speak to this person.

What it is for: one choice that follows the person to every browser. It stands behind what was pressed on this page
(`?lang`) and what an application asks for, and before what the browser says.
What it does not do: guess. Without a choice the browser's own languages count.
Spec: WCAG 2.2 §3.1.1 (language of page); OpenID Connect Core §3.1.2.1 (`ui_locales`).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from flask import Blueprint, Response, redirect, request

from idp.flows import authorize, own_language
from idp.messages import LANGUAGES, OWN_NAMES
from idp.web.answers import SEE_OTHER, answer
from idp.web.front import YEAR, Front
from idp.web.pages.parts import Choice, Page

PATH = "/me/language"
PURPOSE = "me"


@dataclass(frozen=True, slots=True)
class MeLanguage(Page):
    """Which language. Form: `language` (a tag, or empty: as the browser says)."""

    template: ClassVar[str] = "me_language.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "language"
    action: str
    chosen: str
    choices: tuple[Choice, ...]
    saved: bool = False


def choices() -> tuple[Choice, ...]:
    """Each language by its own name."""
    return tuple(Choice(one, OWN_NAMES[one]) for one in LANGUAGES)


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("own_language", __name__)
    views.add_url_rule(PATH, "show", lambda: _show(front), methods=["GET"])
    views.add_url_rule(PATH, "take", lambda: _take(front), methods=["POST"])
    return views


def _show(front: Front) -> Response:
    me = front.signed_in()
    if me is None:
        return answer(front, authorize.enter(front.idp, front.visit(), PATH))
    saved = request.args.get("saved") == "yes"
    return front.page(MeLanguage(PATH, me.subject.language or "", choices(), saved), purpose=PURPOSE)


def _take(front: Front) -> Response:
    me = front.signed_in()
    if me is None:
        return answer(front, authorize.enter(front.idp, front.visit(), PATH))
    front.require_csrf(PURPOSE)
    wanted = request.form.get("language", "")
    chosen = wanted if wanted in LANGUAGES else None
    own_language.choose(front.idp, me, chosen)
    # What was pressed before in this browser would hide the choice that is made now.
    front.set_cookie("lang", chosen or "", YEAR)
    return redirect(f"{PATH}?saved=yes", SEE_OTHER)  # type: ignore[return-value]
