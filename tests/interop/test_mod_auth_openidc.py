"""`mod_auth_openidc` on Debian's Apache: an old portal's guard, as `docs/howto/mod-auth-openidc.md` writes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from demo.doors import any_free
from tests.browser.person import meet
from tests.interop.conftest import Reader
from tests.interop.registered import register
from tests.support.apache import apache
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo

SHOWN = """
Header set X-Person "expr=%{REMOTE_USER}"
Header set X-Name "%{OIDC_CLAIM_name}e"
"""
PAGES = {"index.html": "<h1>Portal</h1>", "goodbye": "<h1>Goodbye</h1>"}


@contextmanager
def portal(there: Demonstration, host: str = "127.0.0.1", without: str = "") -> Iterator[tuple[str, Path]]:
    """The how-to's portal, registered (without one line of its plan) and running: its address, and Apache's log."""
    port = any_free(set())
    url = f"http://{host}:{port}"
    quoted = quote("https://portal.example", safe="")
    places = {"https://id.example": there.doors.issuer, "https://portal.example": url, quoted: quote(url, safe="")}
    howto = HowTo.read("mod-auth-openidc")
    howto = HowTo("\n".join(line for line in howto.text.split("\n") if not without or not line.startswith(without)))
    written = howto.at(
        places | {"clients.portal": f"clients.portal-{port}", "ClientID portal": f"ClientID portal-{port}"}
    )
    (applied,) = register(there, written)
    (secret,) = (change["client_secret"] for change in applied["changes"])
    (config,) = written.at({"the-client-secret": secret}).blocks("apache")
    with apache(port, ("auth_openidc",), config + SHOWN, PAGES | {"out.html": written.blocks("html")[0]}) as log:
        yield url, log


def enter(person: Reader, url: str) -> None:
    """Open the portal and sign in at the identity provider where it sends the browser."""
    back = person.follow(f"{url}/", f"{url}/oidc?")
    person.browser.stop = ""
    person.browser.get(back)


@pytest.mark.ci
def test_mod_auth_openidc_signs_in_and_hears_of_both_ways_out(there: Demonstration) -> None:
    """Spec: OIDC Core 1.0 §3.1, §5.3; RP-Initiated Logout 1.0; Back-Channel Logout 1.0 §2.5."""
    with portal(there, without="frontchannel_logout_uri") as (url, log):
        person = Reader(there, there.person("hu.die"))
        browser = person.browser
        browser.claims["Accept"] = "text/html"  # the module sends nobody to sign in who cannot read a page
        enter(person, url)
        assert browser.page.heading == "Portal", log.read_text()
        assert browser.page.headers["x-name"] == person.actor.name
        assert browser.page.headers["x-person"].startswith("sub_")
        browser.claims["OIDC-CLAIM-name"] = "Somebody Else"  # what a browser says of itself is not passed on
        assert browser.get(f"{url}/").headers["x-name"] == person.actor.name
        assert browser.get(f"{url}/").url == f"{url}/"  # a session of its own: nobody is asked

        browser.get(f"{there.doors.issuer}/logout")  # elsewhere than at the portal
        browser.submit(do="confirm")
        assert browser.page.heading == "You are signed out"
        assert "Portal" in browser.page.text
        browser.get(f"{url}/")
        assert browser.page.path == "/sign-in", f"the portal did not hear: {log.read_text()}"

        enter(person, url)
        assert browser.page.heading == "Portal"
        browser.get(f"{url}/out.html")
        browser.get(browser.page.html.partition('href="')[2].partition('"')[0])
        assert (browser.page.url, browser.page.heading) == (f"{url}/goodbye", "Goodbye")
        assert browser.get(f"{url}/").path == "/sign-in"
        assert browser.get(f"{there.doors.issuer}/me").path == "/sign-in"


@pytest.mark.ci
def test_mod_auth_openidc_hears_by_the_front_channel(there: Demonstration, browser: Browser) -> None:
    """In Chromium, since only a browser opens frames; one site, since only then a frame has its cookies.

    Spec: Front-Channel Logout 1.0 §2, §3.
    """
    with portal(there, "localhost", without="backchannel_logout_uri") as (url, log):
        person = meet(there, browser, "hu.jun")
        person.page.goto(f"{url}/")
        person.sign_in_first_time()
        expect(person.page.locator("h1")).to_have_text("Portal")
        person.open("/logout")
        with person.page.expect_response(lambda answer: answer.url.startswith(f"{url}/oidc?logout=get&")) as asked:
            person.page.click("#confirm-logout")
        assert {"iss", "sid"} <= parse_qs(urlsplit(asked.value.url).query).keys()
        expect(person.page.locator("h1")).to_have_text("You are signed out")
        person.page.goto(f"{url}/")
        assert person.page.url.startswith(there.doors.issuer), f"the portal did not hear: {log.read_text()}"
        expect(person.page.locator("#username")).to_be_visible()
