"""Samples of the page before a session ends."""

from collections.abc import Mapping

from idp.web.pages import Page
from idp.web.session_ending import PATH, SessionEnding

SESSION: Mapping[str, Page] = {
    "session-ending": SessionEnding(PATH, "/me", 120),
    "session-ending-fixed": SessionEnding(PATH, "/me", 120, fixed=True),
    "session-ending-stayed": SessionEnding(PATH, "/me", 3600, stayed=True),
}
