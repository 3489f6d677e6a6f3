"""Real Chromium for tests: start it, watch it for errors, give it an authenticator, ask axe.

What it is for: every browser test. Debian's Chromium is driven by playwright; nothing is downloaded.
What it does not do: reach another machine; a request beyond this one counts as an error.
"""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, sync_playwright

from tests.support.needs import needs

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
)
AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_WATCH = "window.__violations=[];addEventListener('securitypolicyviolation',e=>__violations.push(e.effectiveDirective))"


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A browser for the length of a test or module. Skips, or fails where CI=true, when Chromium is missing.

    flags: of its command line, beside ours.
    """
    path = needs("chromium", "chromium")
    browser = _playwright().chromium.launch(executable_path=path, headless=True, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


@cache
def _playwright() -> Playwright:
    """One for each process: a second beside it does not start, and fixtures of several folders stand side by side."""
    driver = sync_playwright()
    atexit.register(driver.__exit__, None, None, None)
    return driver.__enter__()


@dataclass(slots=True)
class Watched:
    """A page with everything that went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """Console errors, failed scripts, requests to other hosts, violations of CSP and Trusted Types, since the last
        call."""
        violations = [f"CSP {directive}" for directive in self.page.evaluate("window.__violations.splice(0)")]
        found = [*self.errors, *violations]
        self.errors.clear()
        return found


def watch(context: BrowserContext) -> Watched:
    """A new page of `context` that is watched from its first request on."""
    page = context.new_page()
    watched = Watched(page)
    page.add_init_script(_WATCH)
    page.on("console", lambda message: watched.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))

    def asked(url: str) -> None:
        watched.requests.append(url)
        host = urlsplit(url).hostname or ""
        if url.startswith("http") and host != "127.0.0.1" and not (host == "localhost" or host.endswith(".localhost")):
            watched.errors.append(f"request to another host: {url}")

    page.on("request", lambda request: asked(request.url))
    return watched


def axe(page: Page) -> list[str]:
    """WCAG 2.0 to 2.2, A and AA: every violation as one line. Runs under the strictest CSP."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "async tags => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations", WCAG
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]
    ]


def authenticator(context: BrowserContext, page: Page, **options: object) -> tuple[CDPSession, str]:
    """A virtual platform authenticator that belongs to `page`: resident keys, user verified, presence simulated."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    settings: dict[str, object] = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "defaultBackupEligibility": True,
        "defaultBackupState": True,
        **options,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": settings})
    return session, str(made["authenticatorId"])
