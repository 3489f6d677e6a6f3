"""An application that is only a page, as its how-to writes it, at a place of its own; and a person who opens it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Request

from tests.browser.person import Person, meet
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo
from tests.support.node import installed
from tests.support.static_site import static_site

HERE = Path(__file__).parent / "node"


@contextmanager
def page_of(there: Demonstration, howto: str, named: str, modules: Mapping[str, str]) -> Iterator[str]:
    """Register the how-to's application and serve its page.

    Args:
        named: its address in the how-to. modules: what the page imports → the file of npm that it is.
    Yields: the address that it really has.
    """
    files: dict[str, bytes] = {}
    with static_site(files) as url:
        written = HowTo.read(howto).at({"https://id.example": there.doors.issuer, named: url})
        register(there, written)
        packages = installed(HERE) / "node_modules"
        files |= {f"/{file}": (packages / file).read_bytes() for file in modules.values()}
        found = {"imports": {name: f"/{file}" for name, file in modules.items()}}
        (script,), (page,) = written.blocks("js"), written.blocks("html")
        files |= {"/app.js": script.encode(), "/favicon.ico": b""}
        # A bundler's work, done by the browser itself.
        files["/"] = page.replace("<title>", f'<script type="importmap">{json.dumps(found)}</script><title>').encode()
        yield f"{url}/"


def sign_in(there: Demonstration, browser: Browser, uid: str, url: str) -> tuple[Person, list[str]]:
    """Somebody of the cast opens the page and signs in by it. Returns them, and `METHOD path` of every call that the
    page's script makes, as it is made."""
    person = meet(there, browser, uid)
    calls: list[str] = []

    def made(request: Request) -> None:
        if request.resource_type in ("fetch", "xhr") and request.frame.url.startswith(url):
            calls.append(f"{request.method} {request.url.removeprefix(there.doors.issuer)}")

    person.page.on("request", made)
    person.page.goto(url)
    person.page.click("#sign-in")
    person.sign_in_first_time()
    person.page.wait_for_url(url)
    return person, calls
