"""Samples of the pages about the pages: every component, the choice of a language, what comes too late."""

from collections.abc import Mapping

from idp.model import Text
from idp.web import pages as p
from idp.web.own_language import MeLanguage, choices
from idp.web.pages import Page
from idp.web.pages.parts import Link
from idp.web.styleguide import Styleguide
from tests.browser.sample_facts import NOW

LOOK: Mapping[str, Page] = {
    "styleguide": Styleguide(NOW),
    "me-language": MeLanguage("/me/language", "zh-CN", choices()),
    "me-language-saved": MeLanguage("/me/language", "", choices(), saved=True),
    "error-done": p.Error("done", "7F3A-20C1", NOW, onward=Link("/", Text("Go to your applications", "前往您的应用"))),
    "error-no-cookies": p.Error("no_cookies", "7F3A-20C1", NOW),
}
