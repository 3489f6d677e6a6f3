"""`oidc-client-ts` in Chromium: a page without a server, as `docs/howto/oidc-client-ts.md` writes it."""

import pytest
from playwright.sync_api import Browser, expect

from tests.interop.spa import page_of, sign_in
from tests.support.demonstration import Demonstration

MODULES = {
    "oidc-client-ts": "oidc-client-ts/dist/esm/oidc-client-ts.js",
    "jwt-decode": "jwt-decode/build/esm/index.js",
}


@pytest.mark.ci
def test_oidc_client_ts_signs_in_renews_and_signs_out(there: Demonstration, browser: Browser) -> None:
    """Spec: OIDC Core 1.0 §3.1, RFC 7636, RFC 6749 §6, RFC 7009, RP-Initiated Logout 1.0; Fetch §3.2 (CORS)."""
    with page_of(there, "oidc-client-ts", "https://notes.example", MODULES) as url:
        person, calls = sign_in(there, browser, "chen.jie", url)
        who = person.page.locator("#who")
        expect(who).to_have_text(person.actor.name)
        assert calls[-3:] == ["GET /.well-known/openid-configuration", "POST /token", "GET /userinfo"]

        held = _held(person.page)
        with person.page.expect_response(f"{there.doors.issuer}/userinfo"):
            person.page.click("#renew")
        person.page.wait_for_function("held => sessionStorage.getItem(sessionStorage.key(0)) !== held", arg=held)
        assert calls[-2:] == ["POST /token", "GET /userinfo"]
        assert _held(person.page) != held

        person.page.click("#sign-out")
        person.page.wait_for_url(f"{url}*")
        expect(who).to_have_text("nobody")
        assert calls.count("POST /revoke") == 2
        person.page.click("#sign-in")
        expect(person.page.locator("#username")).to_be_visible()
        assert person.watched.wrong() == []


def _held(page: object) -> str:
    return str(page.evaluate("sessionStorage.getItem(sessionStorage.key(0))"))  # type: ignore[attr-defined]
