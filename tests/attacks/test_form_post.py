"""A form that takes an answer back holds what was sent as text, and goes to one place. Spec: Form Post §4."""

import re
from html.parser import HTMLParser

import pytest

from tests.support.browser import ISSUER
from tests.support.conformance import claims_of
from tests.support.house import Browser, House, RelyingParty

GOOD = "https://payroll.example/callback"
TEXTS = [
    '"><script>alert(1)</script>',
    '"><button formaction="https://evil.example/" id=x>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "</form><form action=https://evil.example/>",
    "</script><script>alert(1)</script>",
    "<!--",
    "&quot;><b>",
    "{{7*7}}${7*7}<%=7*7%>",
    "\u202e\u2028\u0000'\"<>",
    '"\r\n><svg onload=alert(1)>',
]


class Shape(HTMLParser):
    """The elements of a page, with the names of their attributes; and its hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        said = dict(attrs)
        if said.get("type") == "hidden":
            self.fields[said["name"] or ""] = said["value"] or ""


def shape(house: House, mode: str, state: str) -> Shape:
    browser = Browser(house).get(RelyingParty(house).start(prompt="none", response_mode=mode, state=state))
    assert browser.status == 200 and browser.page.count(f'action="{GOOD}"') == 1
    return Shape(browser.page)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("mode", ["form_post", "form_post.jwt"])
def test_a_state_is_text(house: House, text: str, mode: str) -> None:
    """The page has the elements that it has for any other state, and the state comes back."""
    found = shape(house, mode, text)
    assert found.elements == shape(house, mode, "plain").elements
    said = found.fields if mode == "form_post" else claims_of(found.fields["response"])
    assert (said["state"], said["error"]) == (text, "login_required")


def test_it_goes_to_one_place_only(house: House) -> None:
    """By its action and by the page's policy; and it can neither be framed nor kept."""
    browser = Browser(house).get(RelyingParty(house).start(prompt="none", response_mode="form_post"))
    assert browser.last is not None
    headers = browser.last.headers
    policy = headers["Content-Security-Policy"]
    assert re.search(r"form-action 'self' https://payroll\.example;", policy)
    assert "frame-ancestors 'none'" in policy and "'unsafe" not in policy
    assert headers["Cache-Control"] == "no-store" and browser.hidden(error="")[1]["iss"] == ISSUER
