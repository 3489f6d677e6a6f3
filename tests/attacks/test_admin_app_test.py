"""Against the test of a sign-in: other people's answers, other applications' codes, replays, and asking for it from
outside. What a test shows is given to nobody."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from idp.flows.admin import clients
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import hash_of
from idp.model import Client, Text
from tests.support.console import Cast, cast_in
from tests.support.house import Browser, RelyingParty

PAGE = "/admin/apps/payroll"
ISS = quote("https://id.example", safe="")


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with cast_in(tmp_path_factory.mktemp("house")) as found:
        yield found


def begun(cast: Cast, browser: Browser, client_id: str = "payroll") -> str:
    """The address that a test comes back to, not opened yet."""
    answer = browser.post(f"/admin/apps/{client_id}", {"do": "test", "csrf": cast.csrf(browser)})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    assert "/tested?code=" in answer.headers["Location"]
    return answer.headers["Location"]


def codes_spent(cast: Cast, where: str) -> bool:
    code = parse_qs(urlsplit(where).query)["code"][0]
    return cast.house.idp.ports.brief.take_code(hash_of(code)).code is None


def test_a_test_shows_what_would_be_given_and_gives_nothing(cast: Cast) -> None:
    where = begun(cast, cast.system)
    assert where.startswith(f"{PAGE}/tested?code=")
    page = cast.system.get(where).page
    assert cast.system.status == 200, page
    for told in (
        "Sign-in tested",
        "urn:gerege:aal2",
        "payroll.read",
        "dropped",
        "granted",
        "&#34;aud&#34;: &#34;payroll",
    ):
        assert told in page
    live = [
        one
        for row in cast.house.idp.ports.truth.audit.search(name="client.tested", limit=10)
        for one in cast.house.idp.ports.truth.grants.of_subject(json.loads(row.body)["by"])
        if one.client_id == "payroll" and one.revoked_at is None
    ]
    assert live == []
    assert cast.house.told("client.tested")
    assert cast.system.get(where).status == 410  # its cookie went with the first answer


def test_a_no_is_what_the_application_would_hear(cast: Cast) -> None:
    """Whoever tests is asked as anybody is; saying no ends the test, and nothing was given."""
    asking = Client("asking", Text("Asking", "询问"), "local", ("https://asking.example/",))
    clients.put(cast.house.idp, OPERATOR, asking, (), "r")
    cast.system.get("/admin/apps/asking").submit(do="test")
    assert cast.system.path == "/consent"
    cast.system.submit(do="deny")
    assert cast.system.path == "/admin/apps/asking/tested"
    assert "access_denied" in cast.system.page
    assert "The application would have been refused." in cast.system.page
    cast.system.get("/admin/apps/asking").submit(do="test").submit(do="allow")
    assert "The sign-in works." in cast.system.page
    rows = cast.house.idp.ports.truth.audit.search(name="client.tested", client_id="asking")
    assert sorted(json.loads(row.body)["outcome"] for row in rows) == ["given", "refused"]


def test_strangers_cannot_ask_for_that_return_address(cast: Cast) -> None:
    for address in ("/admin/apps/payroll/tested", "https://id.example/admin/apps/payroll/tested"):
        found = Browser(cast.house).get(RelyingParty(cast.house).start(redirect_uri=address))
        assert found.status == 400
        assert found.path == "/authorize"


def test_another_browser_s_answer_is_not_taken(cast: Cast) -> None:
    """Mix-up and login CSRF: the address with its code and state, opened elsewhere, by another administrator."""
    where = begun(cast, cast.system)
    assert cast.other.get(where).status == 410
    stolen = cast.system.cookie("app-test")
    assert stolen
    cast.other.plant("app-test", stolen)
    assert cast.other.get(where).status == 403
    assert not codes_spent(cast, where)


def test_a_code_of_another_browser_is_not_injected(cast: Cast) -> None:
    theirs, mine = begun(cast, cast.other), begun(cast, cast.system)
    state = parse_qs(urlsplit(mine).query)["state"][0]
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    found = cast.system.get(f"{PAGE}/tested?code={code}&state={state}&iss={ISS}")
    assert found.status == 400
    assert "Sign-in tested" not in found.page
    assert codes_spent(cast, theirs)  # it was shown where it does not belong: nobody takes it now


@pytest.mark.parametrize("change", ["state", "iss", "no-state", "no-iss"])
def test_an_answer_that_is_not_to_our_question_is_not_taken(cast: Cast, change: str) -> None:
    where = begun(cast, cast.system)
    query = {key: found[0] for key, found in parse_qs(urlsplit(where).query).items()}
    if change.startswith("no-"):
        del query[change[3:]]
    else:
        query[change] = "https://evil.example"
    sent = "&".join(f"{key}={quote(text, safe='')}" for key, text in query.items())
    assert cast.system.get(f"{PAGE}/tested?{sent}").status == 403
    assert not codes_spent(cast, where)


def test_another_application_s_code_is_not_taken(cast: Cast) -> None:
    where = begun(cast, cast.system)
    assert cast.system.get(where.replace("/payroll/", "/docs/")).status == 403
    ordinary = Browser(cast.house)
    ordinary.http = cast.system.http
    ordinary.get(RelyingParty(cast.house, "docs").start("openid"))
    mine = begun(cast, cast.system)
    code, state = ordinary.query["code"], parse_qs(urlsplit(mine).query)["state"][0]
    assert cast.system.get(f"{PAGE}/tested?code={code}&state={state}&iss={ISS}").status == 400


def test_a_test_s_code_is_worth_nothing_to_the_application(cast: Cast) -> None:
    """Whoever reads it on its way has no key to it: not its owner either."""
    where = begun(cast, cast.system)
    code = parse_qs(urlsplit(where).query)["code"][0]
    party = RelyingParty(cast.house)
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": "v" * 64,
        "redirect_uri": f"{PAGE}/tested",
    }
    answer = party.token(sent)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "invalid_grant"


def test_a_replayed_answer_gives_nothing(cast: Cast) -> None:
    where = begun(cast, cast.system)
    kept = cast.system.cookie("app-test")
    assert kept
    assert cast.system.get(where).status == 200
    cast.system.plant("app-test", kept)
    assert cast.system.get(where).status == 400


def test_a_role_that_was_taken_meanwhile_is_missed(cast: Cast) -> None:
    """Between the question and its answer: no role, no code taken, nothing told."""
    where = begun(cast, cast.other)
    people = cast.house.idp.ports.truth.people
    held = next(one for one in people.role_grants(_by(cast, cast.other)) if one.role == "system-administrator")
    with cast.house.idp.ports.truth.begin() as tx:
        tx.people.take_role(held.id, cast.house.clock())
        tx.people.bump_access(_by(cast, cast.other))
    found = cast.other.get(where)
    assert found.status == 403
    assert "Sign-in tested" not in found.page
    assert not codes_spent(cast, where)


def _by(cast: Cast, browser: Browser) -> str:
    """Whose session this browser shows."""
    session = cast.house.idp.ports.truth.sessions.by_id_hash(hash_of(browser.cookie("session") or ""))
    assert session is not None
    return session.subject_id


def test_a_test_is_over_after_half_an_hour(cast: Cast) -> None:
    where = begun(cast, cast.system)
    for _ in range(3):  # the console is entered again silently meanwhile
        cast.house.clock.move(minutes=11)
        assert cast.system.get("/admin/apps").path == "/admin/apps"
    assert cast.system.get(where).status == 410
