"""Every route that takes a form, walked from the application's own table, so that a new one is tried by itself.

As an administrator who is signed in: without a token, with another browser's, with one of another form, and from a
foreign page with the right one. What a route asks for is heard at the guard itself. And no page can be framed.
Spec: ASVS 5.0 V3.4.6, V3.5; Fetch Metadata; CSP Level 3 §6.4.2.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from idp.web.front import Front
from tests.support.console import Cast, cast_in
from tests.support.house import Browser, House

ASKS_FIRST = {"/logout": "shows a page that asks, with a token of its own (RP-Initiated Logout §2)"}
OPEN = {"/authorize": "an application's request by POST (OIDC Core §3.1.2.1): leads on to a GET and does nothing else"}
MACHINES = {
    "/token": "the client proves itself; cookies are not read",
    "/par": "the client proves itself",
    "/introspect": "the client proves itself",
    "/revoke": "the client proves itself",
    "/bc-authorize": "the client proves itself",
    "/device_authorization": "the client proves itself",
    "/userinfo": "an access token in header or body",
    "/register": "an initial access token",
    "/register/": "a management token",
    "/revocations": "an access token",
    "/jwks": "public, read only",
    "/crests/": "public, read only",
    "/.well-known/oauth-authorization-server": "public, read only",
    "/.well-known/oauth-protected-resource": "public, read only",
    "/.well-known/openid-configuration": "public, read only",
    "/.well-known/webauthn": "public, read only",
}
"""POST without a token of a form, and why no browser can be made to use it."""
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://id.example"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
)


class Guard:
    """What the guard of forms was asked, and what it let through."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.passed: list[str] = []
        guard, real = self, Front.require_csrf

        def heard(front: Front, purpose: str) -> None:
            guard.asked.append(purpose)
            real(front, purpose)
            guard.passed.append(purpose)

        patch.setattr(Front, "require_csrf", heard)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forms")


@pytest.fixture(scope="module")
def cast(folder: Path) -> Iterator[Cast]:
    with cast_in(folder) as found:
        found.house.secrets["victim"] = found.house.person("victim", "quiet harbour in winter").id
        yield found


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    return Guard(monkeypatch)


def pages(house: House) -> Flask:
    found = house.app._pages  # type: ignore[attr-defined]
    assert isinstance(found, Flask)
    return found


def path_of(cast: Cast, rule: Rule) -> str:
    """Its path, with what is really there in place of the parameters."""
    values = {"client_id": "payroll", "subject": cast.house.secrets["victim"], "token": "t" * 43, "way": "totp"}
    values |= {"reference": "r" * 12, "department": "local", "department_id": "local", "step": "address"}
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<{name}>", values[name])
    assert "<" not in path
    return path


def routes(cast: Cast, method: str) -> list[str]:
    return sorted(path_of(cast, rule) for rule in pages(cast.house).url_map.iter_rules() if method in rule.methods)  # type: ignore[operator]


def forms(cast: Cast) -> list[str]:
    found = [path for path in routes(cast, "POST") if path not in ASKS_FIRST | OPEN]
    assert len(found) > 40
    return found


def begun(browser: Browser) -> str:
    """A sign-in of this browser, for the steps that need one; a wish's handle, where there is none, is no wish."""
    return browser.get("/sign-in?prompt=login").query.get("i", "")


def at(path: str, iid: str) -> str:
    step = {"/sign-in/passkey/options": f"?i={iid}&step=passkey"}.get(path, f"?i={iid}")
    return path + (step if path.startswith("/sign-in") or path == "/consent" else "")


def token(browser: Browser, purpose: str) -> str:
    return browser.house.idp.ports.sealer.digest("csrf", f"{browser.cookie('binding')}|{purpose}")


def kept(folder: Path) -> dict[str, list[str]]:
    """Every row of every table but the log's."""
    with sqlite3.connect(folder / "gerege.sqlite") as base:
        names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(map(repr, base.execute(f"SELECT * FROM {name}")))
            for name in names
            if not name.startswith(("audit", "sqlite"))
        }


def done(house: House) -> list[str]:
    return [name for name in house.events() if not any(word in name for word in ("refused", "failed", "denied"))]


def test_no_form_is_taken_without_its_token_from_its_page(cast: Cast, guard: Guard, folder: Path) -> None:
    browser, other = cast.system, cast.other
    iid, before, said = begun(browser), kept(folder), done(cast.house)
    for path in forms(cast):
        url = at(path, iid)
        guard.asked.clear()
        assert browser.post(url, {"do": "end", "reason": "r"}).status_code == 403, path
        assert guard.asked, f"{path} asked for no token"
        purpose = guard.asked[0]
        own = token(browser, purpose)
        wrong = ["", "x" * 64, own[:-1], token(other, purpose), token(browser, "another"), token(browser, f"{iid}|x")]
        wrong += [token(browser, known) for known in ("me", "admin", "sign-out") if known != purpose]
        for forged in wrong:
            assert browser.post(url, {"csrf": forged, "do": "end"}).status_code == 403, (path, forged)
        for headers in FOREIGN:
            assert browser.post(url, {"csrf": own, "do": "end"}, **headers).status_code == 403, (path, headers)
    assert guard.passed == []
    assert kept(folder) == before
    assert done(cast.house) == said


def test_the_same_forms_pass_the_guard_with_their_own(cast: Cast, guard: Guard) -> None:
    """So that what is refused above is refused for the forgery, and for nothing else."""
    browser = cast.branch
    iid = begun(browser)
    for path in forms(cast):
        guard.asked.clear()
        browser.post(at(path, iid), {})
        purpose = guard.asked[0]
        guard.passed.clear()
        browser.post(at(path, iid), {"csrf": token(browser, purpose), "do": "-"})
        assert purpose in guard.passed, path


def test_the_ways_without_a_token_do_nothing(cast: Cast, guard: Guard, folder: Path) -> None:
    browser = cast.audit
    before = kept(folder)
    asked = browser.post("/logout", {}, Origin="https://evil.example")
    assert asked.status_code == 200 and 'name="csrf"' in asked.get_data(as_text=True) and not guard.passed
    assert browser.post("/authorize", {"client_id": "payroll"}, Origin="https://evil.example").status_code == 303
    assert kept(folder) == before and browser.get("/me").path == "/me"


def test_machines_have_no_use_for_a_browser_s_cookies(cast: Cast, folder: Path) -> None:
    assert set(cast.house.app._machine) == set(MACHINES)  # type: ignore[attr-defined]
    before = kept(folder)
    for path in MACHINES:
        answer = cast.system.post(path, {"token": "x", "scope": "openid"}, Origin="https://evil.example")
        assert answer.status_code in (400, 401, 404, 405), path
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert kept(folder) == before


def test_no_page_can_be_framed(cast: Cast) -> None:
    """Whoever asks, whatever comes of it: pages, refusals, pages that are not there. Spec: RFC 7034."""
    seen = 0
    for browser in (cast.system, Browser(cast.house)):
        iid = begun(browser)
        answers = [(path, browser.get(at(path, iid)).last) for path in routes(cast, "GET") if path != "/logout"]
        answers += [(path, browser.post(at(path, iid), {})) for path in routes(cast, "POST")]
        answers += [("/nowhere", browser.get("/nowhere").last)]
        for path, answer in answers:
            assert answer is not None
            policy = answer.headers.get("Content-Security-Policy", "")
            if answer.mimetype == "text/html":
                seen += 1
                assert "frame-ancestors 'none'" in policy and answer.headers["X-Frame-Options"] == "DENY", path
                assert policy.count("frame-ancestors") == 1
    assert seen > 100
