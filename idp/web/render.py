"""Turns a page into HTML in the reader's language.

What it is for: one Jinja environment for each language, made once; every value is escaped, a name that is not there is
an error.
What it does not do: no Flask, no request, no decision. Links whose scheme could run a script are refused here, whoever
made them.
Spec: HTML Living Standard; WCAG 2.2 (language of page, 3.1.1).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from idp import messages as said
from idp.messages import LANGUAGES, OWN_NAMES, Language, Messages
from idp.model.people import Text
from idp.web import static_files
from idp.web.pages.parts import Chrome, Page, Place, Reason
from idp.web.static_files import StaticFiles

TEMPLATES = Path(__file__).parent / "templates"
_RUNS_SCRIPT = ("javascript", "data", "vbscript", "blob", "filesystem", "about", "view-source")


class Renderer:
    """Renders pages with given catalogues and static files.

    Args:
        catalogues: every sentence.
        static: where style sheet and scripts get their addresses.
    """

    def __init__(self, catalogues: Messages, static: StaticFiles) -> None:
        self._catalogues = catalogues
        self._static = static
        self._environments: dict[tuple[Language, str], Environment] = {}

    def render(self, page: Page, language: Language, chrome: Chrome) -> str:
        """The whole document. Raises: MissingMessage (strict catalogues), jinja2.UndefinedError, ValueError (unsafe
        link)."""
        template = self._environment(language, chrome.zone).get_template(page.template)
        other = next(one for one in LANGUAGES if one != language)
        return template.render(
            page=page,
            chrome=chrome,
            language=language,
            other=other,
            other_name=OWN_NAMES[other],
            other_href=in_language(chrome.here, other),
        )

    def _environment(self, language: Language, zone: str) -> Environment:
        made = self._environments.get((language, zone))
        if made is None:
            made = self._environments[language, zone] = self._make(language, zone)
        return made

    def _make(self, language: Language, zone: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        speech = Speech(self._catalogues, language, zone)
        environment.policies["ext.i18n.trimmed"] = True
        environment.newstyle_gettext = True  # type: ignore[attr-defined]
        environment.globals |= {
            "gettext": speech.gettext,
            "_": speech.gettext,
            "ngettext": speech.ngettext,
            "static": self._static.url,
            "inline": self._static.inline,
        }
        environment.filters |= {
            "say": speech.say,
            "day": lambda at: said.day(at, language, zone),
            "clock": lambda at: said.clock(at, zone),
            "span": lambda length: said.span(length, language),
            "number": lambda value: said.number(value, language),
            "percent": lambda ratio: said.percent(ratio, language),
            "href": safe_href,
            "qr": qr,
            "fours": fours,
            "with_page": with_page,
        }
        return environment


class Speech:
    """One language in one zone: says values in words."""

    def __init__(self, catalogues: Messages, language: Language, zone: str) -> None:
        self._catalogues = catalogues
        self._language = language
        self._zone = zone

    def gettext(self, msgid: str, /, **params: object) -> Markup:
        """Our own sentence, which may hold markup, filled with escaped values."""
        return Markup(self._catalogues.sentence(self._language, msgid)) % self._facts(params)  # noqa: S704

    def ngettext(self, one: str, many: str, num: int, /, **params: object) -> Markup:
        """The same, in the form for `num` things."""
        sentence = self._catalogues.sentence(self._language, one, num, many)
        return Markup(sentence) % self._facts({"num": num, **params})  # noqa: S704

    def say(self, value: object) -> str:
        """A value in the reader's words; text that is already words stays as it is."""
        for kind, speak in _SPEAKERS.items():
            if isinstance(value, kind):
                return speak(self, value)
        return str(value)

    def _facts(self, params: Mapping[str, object]) -> dict[str, object]:
        return {key: value if isinstance(value, Markup) else self._fact(key, value) for key, value in params.items()}

    def _fact(self, key: str, value: object) -> str:
        if isinstance(value, str) and (key == "country" or key.endswith("_country")):
            return said.country(value, self._language)
        if isinstance(value, str) and key.endswith("_at"):
            return said.moment(datetime.fromisoformat(value), self._language, self._zone)
        return self.say(value)

    def _reason(self, reason: Reason) -> str:
        return self._catalogues.text(self._language, reason.id, **self._facts(reason.params))

    def _place(self, place: Place) -> str:
        def sentence(msgid: str, **params: object) -> str:
            return self._catalogues.text(self._language, msgid, **params)

        country = said.country(place.country, self._language) if place.country else None
        if country and place.city:
            return sentence("%(city)s, %(country)s", city=self.say(place.city), country=country)
        return country or (self.say(place.city) if place.city else sentence("place unknown"))


_SPEAKERS: Mapping[type, Callable[[Speech, object], str]] = {
    Text: lambda speech, value: cast(Text, value).in_language(speech._language),
    Reason: lambda speech, value: speech._reason(cast(Reason, value)),
    Place: lambda speech, value: speech._place(cast(Place, value)),
    datetime: lambda speech, value: said.moment(cast(datetime, value), speech._language, speech._zone),
    timedelta: lambda speech, value: said.span(cast(timedelta, value), speech._language),
    bool: lambda speech, value: str(value),
    int: lambda speech, value: said.number(cast(int, value), speech._language),
    float: lambda speech, value: said.number(cast(float, value), speech._language),
}


def in_language(here: str, language: str) -> str:
    """The same path and query with `lang` set, so that a change of language keeps the step."""
    parts = urlsplit(here)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "lang"]
    # Never "//host" or "/\\host", which would leave this origin.
    path = quote("/" + parts.path.lstrip("/\\"), safe="/%-._~!$&'()*+,;=:@")
    return urlunsplit(("", "", path, urlencode([*query, ("lang", language)]), ""))


def with_page(path: str, query: tuple[tuple[str, str], ...], page: int) -> str:
    """The address of another page of a list, with its filters kept."""
    return f"{path}?{urlencode([pair for pair in query if pair[1]] + [('page', str(page))])}"


def safe_href(href: str) -> str:
    """`href` as it is. Raises: ValueError, where its scheme could run a script in our origin."""
    scheme = "".join(letter for letter in href if letter > " ").partition(":")[0].lower()
    if scheme in _RUNS_SCRIPT:
        raise ValueError(f"a link must not have the scheme {scheme}")
    return href


def qr(uri: str) -> Markup:
    """`uri` as an inline SVG, dark on white in either colour scheme. The caller gives it its text alternative.

    The markup is safe: it is drawn from modules of the code and holds none of the text.
    """
    drawn = segno.make(uri, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S704


def fours(key: str) -> str:
    """JBSW Y3DP EHPK: groups of four, to be read aloud and typed."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


@cache
def _own() -> Renderer:
    return Renderer(Messages.load(), static_files.own())


def render(page: Page, language: Language, chrome: Chrome) -> str:
    """`page` as a document, with the catalogues and files that ship with the product."""
    return _own().render(page, language, chrome)
