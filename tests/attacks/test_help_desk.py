"""Against the help desk: another branch, oneself, an administrator by one person, one's own approval, no verification,
an old, borrowed or replayed one, no recent proof, forged forms, and words that would run."""

from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pyotp import TOTP

from idp.errors import NotAllowed
from idp.flows.admin import console_client, tokens
from idp.flows.admin.scope import OPERATOR, Admin
from idp.model import AAL2, AAL2_PHR, Department, EnrolmentCode, HardwareToken, Subject, Text
from idp.secret import Secret
from idp.web.admin.desk_person import COOKIE
from tests.support.house import Browser, House, house_in

pytestmark = pytest.mark.ci  # many whole houses: too slow for every `make test`


PASSWORD = "correct horse battery staple"
GOOD = {"check": "staff-card", "note": "ticket 7"}


@dataclass
class Cast:
    house: House
    desk: Browser
    second: Browser
    north: Browser
    system: Browser
    security: Browser
    audit: Browser
    people: dict[str, Subject]
    apps: dict[str, TOTP]

    def csrf(self, browser: Browser) -> str:
        """The token that the console itself would give: so that a refusal is the flow's, not the form's."""
        return self.house.idp.ports.sealer.digest("csrf", f"{browser.cookie('binding')}|admin")

    def post(self, browser: Browser, path: str, **fields: str) -> tuple[int, str]:
        answer = browser.post(path, fields | {"csrf": self.csrf(browser)})
        return answer.status_code, answer.get_data(as_text=True)

    def at(self, who: str) -> str:
        return f"/admin/desk/people/{self.people[who].id}"

    def verify(self, browser: Browser, who: str, **more: str) -> tuple[int, str]:
        return self.post(browser, self.at(who), do="verify", **(GOOD | more))

    def verify_strongly(self, browser: Browser, who: str) -> None:
        answer = browser.http.post(
            self.at(who),
            base_url="https://id.example",
            headers={"X-Forwarded-For": "10.1.2.3", "Origin": "https://id.example"},
            data={"do": "verify", "check": ["staff-card", "call-back"], "note": "n", "csrf": self.csrf(browser)},
        )
        assert "Verified until" in answer.get_data(as_text=True)

    def codes(self, who: str) -> list[EnrolmentCode]:
        waiting = self.house.idp.ports.truth.authenticators.waiting_codes(self.house.clock())
        return [one for one in waiting if one.subject_id == self.people[who].id]


def enter(house: House, name: str, department: str, role: str) -> tuple[Browser, Subject, TOTP]:
    subject = house.person(name, PASSWORD, department=department, roles=(role,))
    app, browser = house.app_of(subject), Browser(house)
    browser.get("/admin")
    browser.submit(username=f"{department.upper()}\\{name}" if department != "local" else f"{name}@local.example")
    browser.submit(password=PASSWORD).submit(code=app.at(house.clock()))
    assert browser.status == 200 and browser.path.startswith("/admin"), browser.page[:2000]
    return browser, subject, app


@pytest.fixture
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with house_in(tmp_path_factory.mktemp("house")) as house:
        with house.idp.ports.truth.begin() as tx:
            for name in ("north", "south"):
                one = Department(name, "country", "bureau", Text(name, name), "local", prefixes=(name.upper(),))
                tx.registry.put_department(one)
        console_client.ensure(house.idp, "local")
        who = {
            "desk": enter(house, "desk", "local", "help-desk"),
            "second": enter(house, "second", "local", "help-desk"),
            "north": enter(house, "ndesk", "north", "help-desk"),
            "system": enter(house, "sys", "local", "system-administrator"),
            "security": enter(house, "sec", "local", "security-administrator"),
            "audit": enter(house, "aud", "local", "audit-administrator"),
        }
        people = {name: subject for name, (_, subject, _) in who.items()}
        people |= {"clerk": house.person("clerk", PASSWORD, department="north")}
        people |= {"stranger": house.person("stranger", PASSWORD, department="south")}
        browsers = {name: browser for name, (browser, _, _) in who.items()}
        yield Cast(house, **browsers, people=people, apps={name: app for name, (_, _, app) in who.items()})


def test_the_desk_helps_and_the_person_is_told(cast: Cast) -> None:
    assert cast.desk.path == "/admin/desk"  # its front page; the rest of the console is not for it
    assert "stranger" in cast.desk.get("/admin/desk?q=stranger").page
    assert "Verified until" in cast.verify(cast.desk, "clerk")[1]
    status, page = cast.post(cast.desk, cast.at("clerk"), do="pass", reason="lost phone")
    assert status == 200 and "Temporary access pass" in page and "It opens nothing yet" not in page
    assert [one.kind for one in cast.house.idp.ports.truth.notices.of(cast.people["clerk"].id, cast.house.clock())] == [
        "pass-made"
    ]
    assert cast.house.events("desk.verified") and cast.house.events("desk.pass-made")
    assert cast.desk.get("/admin/people").status == 403
    assert cast.desk.get("/admin/audit").status == 403


def test_another_branch_does_not_exist(cast: Cast) -> None:
    assert "/admin/desk/people/" not in cast.north.get("/admin/desk?q=stranger").page
    assert cast.north.get(cast.at("stranger")).status == 404
    assert cast.verify(cast.north, "stranger")[0] == 404
    assert cast.post(cast.north, cast.at("stranger"), do="pass", reason="r")[0] == 404
    assert cast.north.get("/admin/desk/people/sub_nobody").status == 404


def test_nobody_helps_themselves(cast: Cast) -> None:
    assert "nobody helps themselves" in cast.verify(cast.desk, "desk")[1]
    cast.verify(cast.desk, "clerk")
    _, page = cast.post(cast.desk, cast.at("desk"), do="pass", reason="r")
    assert "nobody helps themselves" in page and cast.codes("desk") == []


@pytest.mark.parametrize("do", ["pass", "enrolment-code", "reset", "end-sessions"])
def test_nothing_without_verification(cast: Cast, do: str) -> None:
    status, page = cast.post(cast.desk, cast.at("clerk"), do=do, reason="r", method="all")
    assert "verify the person first" in page or status == 410
    assert not cast.house.events("desk.pass-made") and not cast.house.events("factor.enrolment-code")


def test_checks_that_are_not_enough_or_not_there(cast: Cast) -> None:
    assert "not enough" in cast.verify(cast.desk, "clerk", check="staff-number")[1]
    assert "has no check" in cast.verify(cast.desk, "clerk", check="invented")[1]
    assert "say why" in cast.verify(cast.desk, "clerk", note=" ")[1]
    assert cast.house.events("desk.verified") == []


def test_a_verification_ends(cast: Cast) -> None:
    cast.verify(cast.desk, "clerk")
    cast.house.clock.move(minutes=9, seconds=50)  # the desk person's own proof is still recent
    kept = cast.desk.cookie(COOKIE)
    assert "Verified until" in cast.desk.get(cast.at("clerk")).page
    cast.house.clock.move(minutes=6)
    cast.desk.get("/admin/desk").get(cast.at("clerk"))
    cast.desk.submit(password=PASSWORD).submit(code=cast.apps["desk"].at(cast.house.clock()))
    assert cast.desk.cookie(COOKIE) == kept and "1. Verify the person" in cast.desk.page
    assert "verify the person first" in cast.post(cast.desk, cast.at("clerk"), do="pass", reason="r")[1]


def test_a_verification_is_of_one_person_by_one_person(cast: Cast) -> None:
    cast.verify(cast.desk, "clerk")
    assert "verify the person first" in cast.post(cast.desk, cast.at("stranger"), do="pass", reason="r")[1]
    cast.second.plant(COOKIE, cast.desk.cookie(COOKIE) or "")
    assert "verify the person first" in cast.post(cast.second, cast.at("clerk"), do="pass", reason="r")[1]
    cast.second.plant(COOKIE, "forged")
    assert "verify the person first" in cast.post(cast.second, cast.at("clerk"), do="pass", reason="r")[1]


def test_a_verification_makes_one_credential(cast: Cast) -> None:
    cast.verify(cast.desk, "clerk")
    kept = cast.desk.cookie(COOKIE) or ""
    assert "shown only this once" in cast.post(cast.desk, cast.at("clerk"), do="pass", reason="r")[1]
    cast.desk.plant(COOKIE, kept)
    for do in ("pass", "enrolment-code"):
        assert "verify the person again" in cast.post(cast.desk, cast.at("clerk"), do=do, reason="r")[1]


def test_each_visit_takes_a_recent_proof(cast: Cast) -> None:
    cast.verify(cast.desk, "clerk")
    cast.house.clock.move(minutes=10, seconds=1)
    cast.desk.get("/admin/desk")
    assert cast.post(cast.desk, cast.at("clerk"), do="pass", reason="r")[0] == 303
    assert cast.desk.get(cast.at("clerk")).path.startswith("/sign-in")
    assert not cast.house.events("desk.pass-made")


def test_an_administrator_takes_two_people_of_different_roles(cast: Cast) -> None:
    cast.verify(cast.desk, "system")
    assert "more checks" in cast.post(cast.desk, cast.at("system"), do="pass", reason="r")[1]
    cast.verify_strongly(cast.desk, "system")
    for do in ("enrolment-code", "reset"):
        assert "two people" in cast.post(cast.desk, cast.at("system"), do=do, reason="r", method="all")[1]
    assert "It opens nothing yet" in cast.post(cast.desk, cast.at("system"), do="pass", reason="key lost")[1]
    (made,) = cast.codes("system")
    assert (made.waits, made.ceiling) == (True, AAL2_PHR)
    approve = {"do": "approve", "pass": made.id, "reason": "r"}
    assert "not who made it" in cast.post(cast.desk, "/admin/desk/approvals", **approve)[1]
    assert "not who made it" in cast.post(cast.system, "/admin/desk/approvals", **approve)[1]
    assert "different roles" in cast.post(cast.second, "/admin/desk/approvals", **approve)[1]
    assert cast.post(cast.audit, "/admin/desk/approvals", **approve)[0] == 403
    assert cast.codes("system")
    assert "The pass is good now" in cast.post(cast.security, "/admin/desk/approvals", **approve)[1]
    assert cast.codes("system") == []
    assert cast.post(cast.security, "/admin/desk/approvals", **approve)[0] == 404


def test_another_branch_approves_nothing(cast: Cast) -> None:
    cast.verify_strongly(cast.desk, "stranger")
    cast.post(cast.desk, cast.at("stranger"), do="pass", strong="yes", reason="r")
    (made,) = cast.codes("stranger")
    assert made.id not in cast.north.get("/admin/desk/approvals").page
    approve = {"do": "approve", "pass": made.id, "reason": "r"}
    for do in ("approve", "refuse"):
        assert cast.post(cast.north, "/admin/desk/approvals", **(approve | {"do": do}))[0] == 404
    assert "The pass is good now" in cast.post(cast.second, "/admin/desk/approvals", **approve)[1]


def test_one_person_s_pass_is_worth_no_more_than_one_person(cast: Cast) -> None:
    cast.verify_strongly(cast.desk, "clerk")
    cast.post(cast.desk, cast.at("clerk"), do="pass", reason="r")
    row = cast.house.idp.ports.truth.audit.search(name="desk.pass-made")[0]
    assert f'"{AAL2}"' in row.body


def test_the_console_s_own_forms_are_no_way_around(cast: Cast) -> None:
    held = cast.house.factors(cast.people["security"], "totp")[0]
    path = f"/admin/people/{cast.people['security'].id}"
    for fields in ({"do": "enrolment-code"}, {"do": "remove-method", "method": held.id}):
        assert "two people" in cast.post(cast.system, path, reason="r", **fields)[1]
    assert len(cast.house.factors(cast.people["security"], "totp")) == 1


def test_forged_forms(cast: Cast) -> None:
    cast.verify(cast.desk, "clerk")
    for path in (cast.at("clerk"), "/admin/desk/approvals"):
        assert cast.desk.post(path, {"do": "pass", "reason": "r"}).status_code == 403
        assert cast.desk.post(path, {"csrf": cast.csrf(cast.second), "do": "pass", "reason": "r"}).status_code == 403
    assert not cast.house.events("desk.pass-made")


def test_words_do_not_run(cast: Cast) -> None:
    nasty = '"><script>alert(1)</script>'
    assert "<script>alert" not in cast.verify(cast.desk, "clerk", check="staff-number", note=nasty)[1]
    cast.verify(cast.desk, "clerk", note=nasty)
    assert "<script>alert" not in cast.post(cast.desk, cast.at("clerk"), do="reset", reason=nasty, method=nasty)[1]
    cast.verify_strongly(cast.desk, "clerk")
    cast.post(cast.desk, cast.at("clerk"), do="pass", strong="yes", reason=nasty)
    page = cast.second.get("/admin/desk/approvals").page
    assert "alert(1)" in page and "<script>alert" not in page
    assert "<script>alert" not in cast.desk.get("/admin/desk?q=" + "%22%3E%3Cscript%3Ealert(1)").page


def test_a_directory_of_all_is_not_given(cast: Cast) -> None:
    for text in ("", "c", " "):
        assert "/admin/desk/people/" not in cast.desk.get(f"/admin/desk?q={text}").page


def test_the_second_person_s_no_is_the_end_of_a_pass(cast: Cast) -> None:
    cast.verify_strongly(cast.desk, "clerk")
    cast.post(cast.desk, cast.at("clerk"), do="pass", strong="yes", reason="r")
    (made,) = cast.codes("clerk")
    refuse = {"do": "refuse", "pass": made.id, "reason": "the number was not ours"}
    approvals = "/admin/desk/approvals"
    assert "not who made it" in cast.post(cast.desk, approvals, **refuse)[1]
    assert cast.post(cast.audit, approvals, **refuse)[0] == 403
    assert cast.post(cast.north, approvals, **(refuse | {"pass": "code_nobody"}))[0] == 404
    assert "say why" in cast.post(cast.second, approvals, **(refuse | {"reason": " "}))[1] and cast.codes("clerk")
    assert cast.post(cast.second, approvals, **(refuse | {"do": "anything"}))[0] == 400 and cast.codes("clerk")
    assert "Refused" in cast.post(cast.second, approvals, **refuse)[1]
    assert cast.codes("clerk") == []
    assert cast.post(cast.security, approvals, **(refuse | {"do": "approve"}))[0] == 404
    (row,) = cast.house.idp.ports.truth.audit.search(name="desk.pass-refused")
    assert row.reason == "the number was not ours"


def test_a_token_takes_a_verification_and_is_not_for_the_privileged(cast: Cast) -> None:
    token = HardwareToken("GE-0001", Secret(b"a seed of twenty oct"), "SHA1", 6, 30, cast.house.clock())
    tokens.add(cast.house.idp, OPERATOR, (token,), "a box came")
    shown = TOTP(b32encode(token.secret.reveal()).decode())

    def give(browser: Browser, who: str) -> str:
        fields = {"serial": token.serial, "code": shown.at(cast.house.clock()), "reason": "no phone"}
        return cast.post(browser, cast.at(who), do="give-token", **fields)[1]

    assert "verify the person first" in give(cast.desk, "clerk")
    cast.verify_strongly(cast.desk, "second")
    assert "two people" in give(cast.desk, "second")
    cast.verify(cast.desk, "clerk")
    assert "GE-0001" in give(cast.desk, "clerk") and len(cast.house.factors(cast.people["clerk"], "totp")) == 1
    assert "verify the person again" in cast.post(cast.desk, cast.at("clerk"), do="enrolment-code", reason="r")[1]
    desk = Admin(cast.people["desk"].id, frozenset({"help-desk"}), None, frozenset({tokens.WRITE}))
    with pytest.raises(NotAllowed):
        tokens.add(cast.house.idp, desk, (token,), "r")
    with pytest.raises(NotAllowed):
        tokens.lose(cast.house.idp, desk, token.serial, "r", cast.house.clock())
    with pytest.raises(NotAllowed):
        tokens.release(cast.house.idp, desk, cast.people["clerk"].id, token.serial, "r", cast.house.clock())
