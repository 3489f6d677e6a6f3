"""Fills the fields of a page's form with what was typed there before. Text in, text out.

The form is the one that has every typed field and the same hidden values; hidden fields, passwords and files are never
touched, so that what is filled in is only what its person sees. What it does not do: send anything.
"""

from html import escape
from html.parser import HTMLParser

FILLED = frozenset(
    {"text", "search", "email", "url", "tel", "number", "date", "datetime-local", "time", "month", "week"}
)
Attributes = dict[str, str | None]


class _Forms(HTMLParser):
    """Where the fields of each form stand: (start, end, tag, attributes) of tags, and the text of areas."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = [0]
        for line in page.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.forms: list[list[tuple[int, int, str, Attributes, str]]] = []
        self.inside, self.select, self.area = False, "", -1
        self.feed(page)

    def _at(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form":
            self.inside = True
            self.forms.append([])
        if not self.inside or tag not in ("input", "textarea", "select", "option"):
            return
        start, given = self._at(), dict(attrs)
        end = start + len(self.get_starttag_text() or "")
        if tag == "select":
            self.select = given.get("name") or ""
        self.forms[-1].append((start, end, tag, given, self.select if tag == "option" else given.get("name") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.inside and self.forms[-1]:
            start, _, name, given, field = self.forms[-1][-1]
            if name == "textarea":
                self.forms[-1][-1] = (start, self._at(), name, given, field)


def refill(page: str, typed: list[tuple[str, str]]) -> str:
    """The page with the first fitting form filled in; unchanged when no form of it is that one."""
    values: dict[str, list[str]] = {}
    for name, value in typed:
        values.setdefault(name, []).append(value)
    for form in _Forms(page).forms:
        if _fits(form, values):
            for start, end, tag, given, name in reversed(form):
                page = (
                    page[:start]
                    + _filled(page[start:end], tag, given, values.get(name, []), name in values)
                    + page[end:]
                )
            return page
    return page


def _fits(form: list[tuple[int, int, str, Attributes, str]], values: dict[str, list[str]]) -> bool:
    hidden = {
        name: given.get("value") for _, _, tag, given, name in form if tag == "input" and given.get("type") == "hidden"
    }
    shown = {name for _, _, tag, given, name in form if tag != "option" and name not in hidden}
    same = all(values[name] == [value or ""] for name, value in hidden.items() if name in values)
    return same and bool(shown) and set(values) - {"do"} <= shown | set(hidden) and bool(shown & set(values))


def _filled(tag_text: str, tag: str, given: Attributes, values: list[str], known: bool) -> str:
    kind = (given.get("type") or "text").lower()
    if tag == "textarea" and known:
        return tag_text[: tag_text.index(">") + 1] + escape(values[0])
    if tag == "option" and known:
        return _marked(tag_text, "selected", given.get("value") in values)
    if tag == "input" and kind in ("checkbox", "radio"):
        return _marked(tag_text, "checked", (given.get("value") or "on") in values)
    if tag == "input" and kind in FILLED and known:
        rest = {name: value for name, value in given.items() if name != "value"} | {"value": values[0]}
        written = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in rest.items())
        return f"<input{written}>"
    return tag_text


def _marked(tag_text: str, mark: str, on: bool) -> str:
    bare = tag_text.replace(f" {mark}", "", 1)
    return bare[:-1] + f" {mark}>" if on else bare
