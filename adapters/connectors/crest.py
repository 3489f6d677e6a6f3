"""A department's crest: one small SVG beside its TOML, of which only plain shapes in plain colours are let through.

What is not on the lists below is refused with its line, never repaired: no script, link, style, image, text, font,
animation, entity, processing instruction or reference of any kind. What is kept is written anew from what was read, so
that nothing that this parser skipped can mean something to another one. Spec: SVG 2 §2.4 (secure static mode), §9, §10;
XML 1.0 §2.8. Does not look at pictures: whether it is beautiful is the department's matter.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

GREATEST_OCTETS = 16 * 1024
DEEPEST = 16
PLAIN = "save it as plain SVG, of shapes in plain colours alone"
_SVG = "http://www.w3.org/2000/svg"

_NUMBER = r"[-+]?(?:[0-9]{1,9}\.?[0-9]{0,9}|\.[0-9]{1,9})(?:[eE][-+]?[0-9]{1,2})?"
_NUMBERS = re.compile(r"[-+0-9eE.,\s]*")
_LENGTH = re.compile(rf"{_NUMBER}(?:px|%)?")
_PATH = re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE+\-.,\s]*")
_TRANSFORM = re.compile(r"\s*(?:(?:matrix|translate|scale|rotate|skewX|skewY)\([-+0-9eE.,\s]*\)[\s,]*)*")
_COLOUR = re.compile(r"[a-zA-Z]{1,24}|#[0-9a-fA-F]{3,8}|rgb\([0-9.,%\s]{1,40}\)")
_WORD = re.compile(r"[a-zA-Z]{1,16}")
_RATIO = re.compile(r"[a-zA-Z ]{1,20}")

_PAINT: Mapping[str, re.Pattern[str]] = {
    "fill": _COLOUR,
    "stroke": _COLOUR,
    "color": _COLOUR,
    "fill-rule": _WORD,
    "fill-opacity": _LENGTH,
    "opacity": _LENGTH,
    "stroke-width": _LENGTH,
    "stroke-opacity": _LENGTH,
    "stroke-linecap": _WORD,
    "stroke-linejoin": _WORD,
    "stroke-miterlimit": _LENGTH,
    "stroke-dasharray": _NUMBERS,
    "transform": _TRANSFORM,
}
"""Attributes of everything that is painted. None of these patterns lets `url(`, a colon or a quotation mark through."""
_ELEMENTS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "svg": {
        "viewBox": _NUMBERS,
        "width": _LENGTH,
        "height": _LENGTH,
        "preserveAspectRatio": _RATIO,
        "version": _LENGTH,
    },
    "g": {},
    "path": {"d": _PATH},
    "circle": dict.fromkeys(("cx", "cy", "r"), _LENGTH),
    "ellipse": dict.fromkeys(("cx", "cy", "rx", "ry"), _LENGTH),
    "rect": dict.fromkeys(("x", "y", "width", "height", "rx", "ry"), _LENGTH),
    "line": dict.fromkeys(("x1", "y1", "x2", "y2"), _LENGTH),
    "polyline": {"points": _NUMBERS},
    "polygon": {"points": _NUMBERS},
    "title": {},
    "desc": {},
}
_SPOKEN = ("title", "desc")
"""Read and left out: the name stands beside the crest, which is decoration."""


class WrongCrest(ValueError):
    """This file is no crest; `told` says what and on which line, `fix` what mends it."""

    def __init__(self, told: str, fix: str) -> None:
        super().__init__(f"{told}; {fix}")
        self.told, self.fix = told, fix


def load_crest(folder: Path, name: str) -> str:
    """The crest in the file `name` of that folder, written anew. Raises WrongCrest."""
    if Path(name).name != name or not name.endswith(".svg"):
        raise WrongCrest(f"{name!r} is not the name of an SVG file", 'put it beside this file: crest = "crest.svg"')
    try:
        with (folder / name).open("rb") as file:
            content = file.read(GREATEST_OCTETS + 1)
    except OSError as error:
        raise WrongCrest(f"{name} cannot be read ({error.strerror})", "put the file beside this one") from error
    try:
        return clean(content)
    except WrongCrest as wrong:
        raise WrongCrest(f"{name}: {wrong.told}", wrong.fix) from wrong


def clean(content: bytes) -> str:
    """The same picture, of allowed shapes alone. Raises WrongCrest with the first thing that is not allowed.

    Spec: SVG 2 §2.4.
    """
    if len(content) > GREATEST_OCTETS:
        raise WrongCrest(f"is larger than {GREATEST_OCTETS // 1024} KiB", "draw it simpler, or round its numbers")
    reading = _Reading()
    try:
        reading.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise WrongCrest(f"line {error.lineno}: is not XML ({expat.ErrorString(error.code)})", PLAIN) from error
    return "".join(reading.written)


class _Reading:
    """One pass over one file. Whatever expat could tell and nobody asked for here is refused by `_refuse`."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._open: list[str] = []
        # UTF-8 whatever the file says of itself: another encoding cannot hide anything from these checks.
        self.parser = parser = expat.ParserCreate("UTF-8", " ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse("a document type")
        parser.EntityDeclHandler = lambda *_: self._refuse("an entity")
        parser.ProcessingInstructionHandler = lambda *_: self._refuse("a processing instruction")
        parser.StartCdataSectionHandler = lambda: self._refuse("a CDATA section")
        parser.SkippedEntityHandler = lambda *_: self._refuse("an entity")

    def _refuse(self, what: str) -> None:
        raise WrongCrest(f"line {self.parser.CurrentLineNumber}: {what} is not allowed in a crest", PLAIN)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, element = name.rpartition(" ")
        if space != _SVG or element not in _ELEMENTS:
            self._refuse(f"<{_shown(element)}>" + ("" if space == _SVG else " of another namespace"))
        if (element == "svg") != (not self._open):
            self._refuse(f"<{element}> here")
        if self._open and self._open[-1] in _SPOKEN:
            self._refuse(f"<{element}> within <{self._open[-1]}>")
        if len(self._open) >= DEEPEST:
            self._refuse(f"nesting deeper than {DEEPEST}")
        kept = self._attributes(element, attributes)
        if element == "svg" and "viewBox" not in attributes:
            self._refuse("<svg> without viewBox")
        self._open.append(element)
        if element not in _SPOKEN:
            said = f' xmlns="{_SVG}"' if element == "svg" else ""
            self.written.append(f"<{element}{said}{kept}>")

    def _attributes(self, element: str, attributes: dict[str, str]) -> str:
        known = {} if element in _SPOKEN else {**_PAINT, **_ELEMENTS[element]}
        for name, value in attributes.items():
            if name not in known:
                self._refuse(f"the attribute {_shown(name)} of <{element}>")
            elif not known[name].fullmatch(value):
                self._refuse(f"what {name} of <{element}> says ({_shown(value)})")
        return "".join(f" {name}={quoteattr(' '.join(value.split()))}" for name, value in attributes.items())

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if element not in _SPOKEN:
            self.written.append(f"</{element}>")

    def _text(self, text: str) -> None:
        if text.strip() and (not self._open or self._open[-1] not in _SPOKEN):
            self._refuse("text")


def _shown(hostile: str) -> str:
    """A word of the file in a message to its operator: short, and nothing that a terminal obeys."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in hostile[:40])
    return plain + ("…" if len(hostile) > 40 else "")
