"""The story's own tools: how it tells, what it reads from a page, what it does to a copy. The story itself runs in
`test_story_runs.py`."""

import io
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from demo import settings
from demo.__main__ import main
from demo.attack_log import DATABASE, copied, edit
from demo.browser import Browser, Page, Unexpected
from demo.command_line import Refused, gerege
from demo.directories import cast, launch
from demo.directories.prepared import as_prepared
from demo.doors import Doors
from demo.passkey import Passkey
from demo.story_house import token_line
from demo.story_told import Told
from idp.authn.factors import passkey as rules
from idp.errors import ProofRejected
from idp.model import AAL2_PHR, Authenticator

PAGE = """<h1>Confirm <b>it’s</b> you</h1><script>secret()</script>
<ul class="reasons"><li>New country: Singapore.</li> <li>First time.</li></ul>
<form method="post" action="/step?i=1&amp;x=2"><input type="hidden" name="csrf" value="t&amp;1">
<input name="code"><button name="do" value="go">Go</button></form>"""


class Site(BaseHTTPRequestHandler):
    """A site with one page, one form, one way out; remembers what it was asked."""

    asked: list[tuple[str, str, str, str]]

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, body: str) -> None:
        type(self).asked.append((self.command, self.path, body, self.headers.get("Cookie", "")))
        leave = self.path == "/leave"
        self.send_response(303 if leave else 200)
        self.send_header("Set-Cookie", "session=abc; Path=/" if self.path != "/out" else "session=; Max-Age=0")
        if leave:
            self.send_header("Location", "/callback?code=1&state=2")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://site.localhost:{server.server_address[1]}"
        server.shutdown()


def test_a_browser_sends_the_form_of_the_page_and_keeps_cookies(site: str) -> None:
    browser = Browser()
    browser.get(f"{site}/page")
    assert browser.page.heading == "Confirm it’s you"
    assert browser.page.reasons == ["New country: Singapore.", "First time."]
    assert "secret" not in browser.page.text
    browser.submit(code="12 34", do="go")
    assert Site.asked[-1] == ("POST", "/step?i=1&x=2", "csrf=t%261&code=12+34&do=go", "session=abc")
    browser.get(f"{site}/out")
    browser.get(f"{site}/page")
    assert Site.asked[-1][3] == ""
    with pytest.raises(Unexpected, match="no form with"):
        browser.submit(password="x")
    with pytest.raises(Unexpected, match="no passkey"):
        browser.options("get")


def test_a_browser_follows_redirects_but_not_past_its_stop(site: str) -> None:
    browser = Browser()
    assert browser.get(f"{site}/leave").path == "/callback"
    assert len(browser.hops) == 2
    browser.stop = f"{site}/callback"
    page = browser.get(f"{site}/leave")
    assert (page.query, page.html) == ({"code": "1", "state": "2"}, "")
    assert [path for _, path, _, _ in Site.asked].count("/callback?code=1&state=2") == 1


def test_what_fails_is_told_and_decides_the_end() -> None:
    out = io.StringIO()
    told = Told(out)
    with told.chapter("1", "A chapter", Unexpected):
        assert told.holds("water is wet", True)
        assert not told.holds("pigs fly", False, "they walk")
        raise Unexpected("no form")
    assert told.end("The story") == 1
    assert told.failed == ["pigs fly", "A chapter: the story could not go on"]
    assert "✓ water is wet" in out.getvalue() and "✗ pigs fly" in out.getvalue() and "they walk" in out.getvalue()


def test_an_unforeseen_mistake_is_not_swallowed() -> None:
    told = Told(io.StringIO())
    with pytest.raises(ZeroDivisionError), told.chapter("1", "A chapter"):
        raise ZeroDivisionError


def test_what_comes_true_in_time_holds_and_what_does_not_fails() -> None:
    told, looks = Told(io.StringIO()), iter([False, True])
    assert told.soon("the kettle boils", lambda: next(looks), 5)
    assert not told.soon("never", lambda: False, 0)
    assert told.end("x") == 1


def test_the_difference_of_a_token_is_one_line() -> None:
    event = {
        "client_id": "payroll",
        "audience": "urn:example:payroll",
        "asked": ["openid", "payroll.approve"],
        "granted": ["openid"],
        "dropped": ["payroll.approve"],
        "policies": ["grade-4-passkey", "life-grade-3"],
    }
    assert token_line(event) == (
        "· token for payroll → urn:example:payroll: asked openid payroll.approve | granted openid | "
        "dropped payroll.approve, by grade-4-passkey"
    )
    assert token_line(event | {"dropped": [], "audience": "http://localhost:8000"}).endswith(
        "→ userinfo: asked openid payroll.approve | granted openid | dropped nothing"
    )


def test_the_software_passkey_is_one_that_the_product_takes() -> None:
    party = rules.RelyingParty(id="localhost", name="Gerege", origin="http://localhost:8000")
    made = Passkey(party.origin)
    options = rules.registration_options(party, b"c" * 32, rules.handle_of("sub_x"), "alice", "Alice", [])
    registered = rules.verify_registration(party, made.create(options), b"c" * 32)
    held = Authenticator("f", "sub_x", "passkey", "", None, registered.state, AAL2_PHR, (), datetime.now(UTC))
    answer = made.get(rules.assertion_options(party, b"d" * 32, [held]))
    assert rules.verify_assertion(party, answer, b"d" * 32, held) == 1
    with pytest.raises(ProofRejected):
        rules.verify_assertion(party, answer, b"e" * 32, held)


def test_the_command_line_answers_with_values_or_says_why_not(tmp_path: Path) -> None:
    (tmp_path / "gerege.toml").write_text(settings.toml(tmp_path, Doors()))
    assert gerege(tmp_path, "policy", "check")["failed"] == []
    with pytest.raises(Refused) as refused:
        gerege(tmp_path, "policy", "why")
    assert refused.value.code == 2 and "--person" in str(refused.value)
    with pytest.raises(Refused):
        gerege(tmp_path, "policy", "dance")


def test_the_edited_row_is_in_the_copy_only(tmp_path: Path) -> None:
    state, copy = tmp_path / "state", tmp_path / "copy"
    for folder in (state, copy):
        folder.mkdir()
    (state / "audit.checkpoint").write_text("note")
    (state / "gerege.toml").write_text(settings.toml(state, Doors()))
    with closing(sqlite3.connect(state / DATABASE)) as real, real:
        real.execute("CREATE TABLE audit_event (seq INTEGER, name TEXT, body TEXT)")
        real.execute("INSERT INTO audit_event VALUES (7, 'sign-in.succeeded', ?)", (json.dumps({"country": "CN"}),))
    copied(state, copy)
    assert str(copy / DATABASE) in (copy / "gerege.toml").read_text()
    assert edit(copy / DATABASE) == (7, "sign-in.succeeded", "country CN", "country US")
    bodies = []
    for folder in (state, copy):
        with closing(sqlite3.connect(folder / DATABASE)) as looked:
            bodies.append(json.loads(looked.execute("SELECT body FROM audit_event").fetchone()[0]))
    assert bodies == [{"country": "CN"}, {"country": "US"}]


def test_a_directory_is_found_again_as_it_was_prepared(tmp_path: Path) -> None:
    prepared = launch.prepare_directory("moe", tmp_path, kind="ldaptor")
    assert as_prepared("moe", tmp_path) == prepared
    with pytest.raises(FileNotFoundError):
        as_prepared("mof", tmp_path)


def test_the_stable_id_is_the_one_in_the_directory() -> None:
    moe = cast.load("moe")
    assert f"entryUUID: {cast.stable_id(moe, moe.people[0])}" in cast.to_ldif(moe, "x")


def test_a_verb_is_done_to_the_state_directory_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--state", str(tmp_path / "mine"), "otp", "alice"]) == 1
    assert str(tmp_path / "mine") in capsys.readouterr().out
    assert main(["--state"]) == 2


def test_an_empty_page_says_nothing() -> None:
    page = Page("http://localhost/x?a=1", 200, "", {})
    assert (page.heading, page.text, page.reasons, page.query) == ("", "", [], {"a": "1"})
