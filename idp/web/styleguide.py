"""/styleguide: every component of the pages in every state, in both languages. In demonstration mode only.

What it is for: whoever builds a page takes its parts from here, and sees at once in dark, on a phone and in print what
a change of the style sheet does.
What it does not do: exist in production; `create_app` registers it by the mode, so that its address is not there.
Spec: WCAG 2.2 (each state is looked at by axe in `tests/browser/test_pages.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from flask import Blueprint

from idp.model import Text
from idp.web.front import Front
from idp.web.pages.parts import HelpDesk, Page

PATH = "/styleguide"
CODES = tuple(f"{one}-7QK4-MHXW-2R9T-{one}" for one in ("B3FD", "C8GJ", "D4HK", "F9LM", "G2NP", "H6QR"))
DESK = HelpDesk(Text("Help desk", "服务台"), "+86 10 5550 0100", "help@mof.example", Text("08:00-18:00", "08:00-18:00"))


@dataclass(frozen=True, slots=True)
class Styleguide(Page):
    """All components. Its forms lead nowhere."""

    template: ClassVar[str] = "styleguide.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "console"
    at: datetime
    reference: str = "7F3A-20C1"
    codes: tuple[str, ...] = CODES
    help: HelpDesk = DESK


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("styleguide", __name__)
    views.add_url_rule(PATH, "show", lambda: front.page(Styleguide(front.visit().now)), methods=["GET"])
    return views
