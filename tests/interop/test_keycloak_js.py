"""`keycloak-js` in Chromium: a page that was written for Keycloak, as `docs/howto/keycloak-js.md` moves it."""

import pytest
from playwright.sync_api import Browser, expect

from tests.interop.spa import page_of, sign_in
from tests.support.demonstration import Demonstration


@pytest.mark.ci
def test_keycloak_js_signs_in_renews_and_signs_out(there: Demonstration, browser: Browser) -> None:
    """Spec: OIDC Core 1.0 §3.1, RFC 7636, RFC 6749 §6, RP-Initiated Logout 1.0; Fetch §3.2 (CORS)."""
    with page_of(there, "keycloak-js", "https://forms.example", {"keycloak-js": "keycloak-js/lib/keycloak.js"}) as url:
        person, calls = sign_in(there, browser, "yang.fan", url)
        who = person.page.locator("#who")
        expect(who).to_have_text(person.actor.name)
        assert calls[-2:] == ["POST /token", "GET /userinfo"]

        for _ in range(2):  # the second renewal takes the refresh token that the first one brought
            person.page.evaluate("document.querySelector('#renewed').textContent = ''")
            person.page.click("#renew")
            expect(person.page.locator("#renewed")).to_have_text("true")
            assert calls[-1] == "POST /token"

        person.page.click("#sign-out")
        person.page.wait_for_url(f"{url}*")
        expect(who).to_have_text("nobody")
        person.page.click("#sign-in")
        expect(person.page.locator("#username")).to_be_visible()
        assert person.watched.wrong() == []
