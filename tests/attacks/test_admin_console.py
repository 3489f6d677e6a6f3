"""Against the console: entering without right, doing more than one's role, seeing beyond one's branch, other people's
forms and answers, and helping oneself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.flows.admin import console_client
from idp.flows.built_in import CONSOLE_ID
from idp.flows.sessions import end_everything
from idp.model import Department, Subject, Text
from tests.support.house import Browser, House, house_in

PASSWORD = "correct horse battery staple"


@dataclass
class Cast:
    house: House
    system: Browser
    security: Browser
    audit: Browser
    branch: Browser
    clerk: Subject
    stranger: Subject
    people: dict[str, Subject]


def enter(house: House, name: str, department: str, role: str) -> tuple[Browser, Subject]:
    subject = house.person(name, PASSWORD, department=department, roles=(role,))
    app = house.app_of(subject)
    browser = Browser(house)
    browser.get("/admin")
    browser.submit(username=f"{department.upper()}\\{name}" if department != "local" else f"{name}@local.example")
    browser.submit(password=PASSWORD).submit(code=app.at(house.clock()))
    assert (browser.status, browser.path) == (200, "/admin"), browser.page[:2000]
    return browser, subject


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with house_in(tmp_path_factory.mktemp("house")) as house:
        with house.idp.ports.truth.begin() as tx:
            for name in ("north", "south"):
                one = Department(name, "country", "bureau", Text(name, name), "local", prefixes=(name.upper(),))
                tx.registry.put_department(one)
        console_client.ensure(house.idp, "local")
        entered = {
            role: enter(house, role, department, f"{role.removeprefix('branch-')}-administrator")
            for role, department in (
                ("system", "local"),
                ("security", "local"),
                ("audit", "local"),
                ("branch-security", "north"),
            )
        }
        yield Cast(
            house,
            entered["system"][0],
            entered["security"][0],
            entered["audit"][0],
            entered["branch-security"][0],
            house.person("clerk", PASSWORD, department="north"),
            house.person("stranger", PASSWORD, department="south"),
            {role: subject for role, (_, subject) in entered.items()},
        )


def given_csrf(cast: Cast, browser: Browser) -> str:
    """The token that the console itself would give: so that a refusal is the permission's, not the form's."""
    binding = browser.cookie("binding")
    return cast.house.idp.ports.sealer.digest("csrf", f"{binding}|admin")


def post(cast: Cast, browser: Browser, path: str, **fields: str) -> tuple[int, str]:
    answer = browser.post(path, fields | {"csrf": given_csrf(cast, browser)})
    return answer.status_code, answer.get_data(as_text=True)


CHANGES = (
    ("grant-role", {"role": "payroll-clerk", "reason": "r"}),
    ("end-sessions", {"reason": "r"}),
    ("disable", {"reason": "r"}),
    ("enable", {"reason": "r"}),
    ("enrolment-code", {"reason": "r"}),
    ("remove-method", {"method": "factor_x", "reason": "r"}),
    ("take-role", {"grant": "role_x", "reason": "r"}),
)


@pytest.mark.parametrize(("do", "fields"), CHANGES)
def test_an_audit_administrator_changes_nothing(cast: Cast, do: str, fields: dict[str, str]) -> None:
    before = len(cast.house.events())
    status, _ = post(cast, cast.audit, f"/admin/people/{cast.clerk.id}", do=do, **fields)
    assert status == 403
    assert len(cast.house.events()) == before


def test_an_audit_administrator_closes_no_alert_and_tests_no_directory(cast: Cast) -> None:
    assert post(cast, cast.audit, "/admin/alerts", do="close", alert="alert_x")[0] == 403
    assert post(cast, cast.audit, "/admin/departments", do="test", department="north")[0] == 403
    assert post(cast, cast.audit, "/admin/approvals", do="approve", approval="change_x")[0] == 403


def test_nobody_can_do_everything(cast: Cast) -> None:
    for browser, do, fields in (
        (cast.system, "grant-role", {"role": "payroll-clerk", "reason": "r"}),
        (cast.system, "take-role", {"grant": "role_x", "reason": "r"}),
        (cast.security, "disable", {"reason": "r"}),
        (cast.security, "enrolment-code", {"reason": "r"}),
        (cast.security, "remove-method", {"method": "x", "reason": "r"}),
    ):
        status, _ = post(cast, browser, f"/admin/people/{cast.clerk.id}", do=do, **fields)
        assert status == 403, do
    assert cast.system.get("/admin/audit").status == 403
    assert cast.system.get("/admin/roles").status == 403
    assert cast.security.get("/admin/departments").status == 403


def test_nobody_gives_a_role_to_themselves(cast: Cast) -> None:
    own = cast.people["security"]
    status, page = post(
        cast, cast.security, f"/admin/people/{own.id}", do="grant-role", role="payroll-clerk", reason="me"
    )
    assert status == 200
    assert "nobody gives a role to themselves" in page
    assert "payroll-clerk" not in {one.role for one in cast.house.idp.ports.truth.people.role_grants(own.id)}


def test_an_administrator_role_waits_for_somebody_else(cast: Cast) -> None:
    path = f"/admin/people/{cast.stranger.id}"
    status, page = post(cast, cast.security, path, do="grant-role", role="audit-administrator", reason="needs it")
    assert status == 200
    assert "waits for a second person" in page
    held = {one.role for one in cast.house.idp.ports.truth.people.role_grants(cast.stranger.id)}
    assert "audit-administrator" not in held
    change = cast.house.idp.ports.truth.desk.pending()[-1]
    _, page = post(cast, cast.security, "/admin/approvals", do="approve", approval=change.id, reason="checked")
    assert "a second person decides" in page
    assert post(cast, cast.audit, "/admin/approvals", do="approve", approval=change.id, reason="checked")[0] == 403
    _, page = post(cast, cast.system, "/admin/approvals", do="approve", approval=change.id, reason="checked")
    assert "Approved" in page
    held = {one.role for one in cast.house.idp.ports.truth.people.role_grants(cast.stranger.id)}
    assert "audit-administrator" in held
    again, _ = post(cast, cast.system, "/admin/approvals", do="approve", approval=change.id, reason="checked")
    assert again == 404


def test_a_branch_sees_its_own_people_only(cast: Cast) -> None:
    page = cast.branch.get("/admin/people").page
    assert cast.clerk.id in page
    assert cast.stranger.id not in page
    assert cast.people["system"].id not in page
    assert cast.branch.get(f"/admin/people/{cast.clerk.id}").status == 200
    assert cast.security.get("/admin/people").page.count("/admin/people/sub_") > 3


@pytest.mark.parametrize("path", ["/admin/people/{stranger}", "/admin/people?department=south", "/admin/people/sub_x"])
def test_another_branch_by_its_address_is_as_if_it_were_not_there(cast: Cast, path: str) -> None:
    found = cast.branch.get(path.format(stranger=cast.stranger.id))
    assert found.status == 404
    assert "Stranger" not in found.page


@pytest.mark.parametrize(("do", "fields"), [CHANGES[0], CHANGES[1], ("end-session", {"session": "sid_x"})])
def test_another_branch_is_not_changed_by_its_address(cast: Cast, do: str, fields: dict[str, str]) -> None:
    assert post(cast, cast.branch, f"/admin/people/{cast.stranger.id}", do=do, **fields)[0] == 404


def test_the_log_and_approvals_belong_to_no_branch(cast: Cast) -> None:
    assert cast.branch.get("/admin/audit").status == 403
    assert cast.branch.get("/admin/approvals").status == 403


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    path = f"/admin/people/{cast.clerk.id}"
    fields = {"do": "disable", "reason": "r"}
    assert cast.system.post(path, fields).status_code == 403
    right = fields | {"csrf": given_csrf(cast, cast.system)}
    assert cast.system.post(path, right, Origin="https://evil.example").status_code == 403
    subject = cast.house.idp.ports.truth.people.get(cast.clerk.id)
    assert subject is not None
    assert not subject.disabled


def test_a_change_needs_its_reason(cast: Cast) -> None:
    _, page = post(cast, cast.system, f"/admin/people/{cast.clerk.id}", do="disable", reason="   ")
    assert "say why" in page


def test_an_unknown_button_is_a_plain_error(cast: Cast) -> None:
    assert post(cast, cast.system, f"/admin/people/{cast.clerk.id}", do="explode")[0] == 400


def test_who_is_no_administrator_is_refused_with_the_reason(cast: Cast) -> None:
    house = cast.house
    house.app_of(subject := house.person("nobody", PASSWORD))
    browser = Browser(house)
    browser.get("/admin").submit(username="nobody@local.example").submit(password=PASSWORD)
    assert browser.status == 403
    assert "administrators" in browser.page
    assert not [one for one in house.idp.ports.truth.grants.of_subject(subject.id) if one.client_id == CONSOLE_ID]


def test_another_browser_s_answer_is_not_taken(cast: Cast) -> None:
    """Mix-up and login CSRF: an answer whose state this browser did not make."""
    mine = cast.system
    thief = Browser(cast.house)
    thief.get("/admin")
    where = mine.post("/admin/people", {})  # a form without a token: the console is still open
    assert where.status_code in (403, 405)
    answer = thief.http.get(
        "/admin/callback?code=x&state=y&iss=https%3A%2F%2Fid.example", base_url="https://id.example"
    )
    assert answer.status_code == 403
    fresh = Browser(cast.house)
    answer = fresh.http.get("/admin/callback?code=x&state=y", base_url="https://id.example")
    assert answer.status_code == 410


def test_an_answer_of_another_issuer_is_not_taken(cast: Cast) -> None:
    browser = Browser(cast.house)
    browser.http.get("/admin", base_url="https://id.example", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    start = browser.http.get("/admin", base_url="https://id.example")
    state = parse_qs(urlsplit(start.headers["Location"]).query)["state"][0]
    answer = browser.http.get(
        f"/admin/callback?code=x&state={state}&iss=https%3A%2F%2Fevil.example", base_url="https://id.example"
    )
    assert answer.status_code == 403


def test_the_console_s_cookie_is_nothing_without_its_session(cast: Cast) -> None:
    stolen = cast.system.cookie("console")
    assert stolen
    thief = Browser(cast.house)
    thief.plant("console", stolen)
    thief.get("/admin/people")
    assert thief.path == "/sign-in"


def test_a_cookie_that_was_changed_is_none(cast: Cast) -> None:
    browser = Browser(cast.house)
    browser.plant("console", "A" * 80)
    assert browser.get("/admin").path == "/sign-in"


def test_a_role_that_was_taken_is_missed_at_the_next_request(cast: Cast) -> None:
    house = cast.house
    browser, subject = enter(house, "shortly", "local", "audit-administrator")
    assert browser.get("/admin/people").status == 200
    held = house.idp.ports.truth.people.role_grants(subject.id)[0]
    with house.idp.ports.truth.begin() as tx:
        tx.people.take_role(held.id, house.clock())
        tx.people.bump_access(subject.id)
    assert browser.get("/admin/people").status == 403


def test_an_ended_session_ends_the_console(cast: Cast) -> None:
    house = cast.house
    browser, subject = enter(house, "leaver", "local", "audit-administrator")
    with house.idp.ports.truth.begin() as tx:
        end_everything(house.idp, tx, subject.id, house.clock(), why="administrator")
    assert browser.get("/admin/people").path == "/sign-in"


def test_an_enrolment_code_is_on_one_answer_and_nowhere_else(cast: Cast) -> None:
    path = f"/admin/people/{cast.clerk.id}"
    _, page = post(cast, cast.system, path, do="enrolment-code", reason="a new telephone")
    code = re.search(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", page)
    assert code
    assert code[0] not in cast.system.get(path).page
    rows = cast.house.idp.ports.truth.audit.search(name="factor.enrolment-code", subject_id=cast.clerk.id)
    assert rows
    assert code[0] not in rows[0].body
    own = cast.people["system"]
    _, page = post(cast, cast.system, f"/admin/people/{own.id}", do="enrolment-code", reason="mine")
    assert "nobody vouches for themselves" in page


def test_administrators_change_people_by_their_own_buttons(cast: Cast) -> None:
    """The pages' own forms, as a browser sends them: each button is where it works, and only there."""
    path = f"/admin/people/{cast.stranger.id}"
    page = cast.security.get(path).page
    assert 'value="grant-role"' in page
    assert 'value="disable"' not in page
    page = cast.system.get(path).page
    assert 'value="disable"' in page
    assert 'value="grant-role"' not in page
    page = cast.audit.get(path).page
    assert 'action="/admin' not in page
    cast.system.get(path).submit(do="disable", reason="long leave")
    subject = cast.house.idp.ports.truth.people.get(cast.stranger.id)
    assert subject is not None
    assert subject.disabled
    cast.system.get(path).submit(do="enable", reason="back again")
    subject = cast.house.idp.ports.truth.people.get(cast.stranger.id)
    assert subject is not None
    assert not subject.disabled


def test_the_console_is_entered_again_silently_and_after_a_pause_by_a_proof(cast: Cast) -> None:
    house = cast.house
    browser, _ = enter(house, "pausing", "local", "audit-administrator")
    house.clock.move(minutes=11)
    assert browser.get("/admin/people").status == 200
    assert browser.path == "/admin/people"
    house.clock.move(minutes=16)
    assert browser.get("/admin/people").path.startswith("/sign-in")
