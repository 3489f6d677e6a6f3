"""What administrators type as reasons may name people: none of it is readable in the database, all of it in the log."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest

from idp.audit.bundle import row_line
from idp.errors import Invalid
from idp.flows.admin import accounts, alerts, clients, departments, log, people, roles
from idp.flows.admin.accounts import NewPerson
from idp.flows.admin.scope import NAMES, OPERATOR, Admin
from idp.flows.admin.sentences import Teller
from idp.model import Alert, Client, Department, Text
from idp.secret import Secret
from tests.support.house import Browser, House, house_in

PASSWORD = "correct horse battery staple"
CHOSEN = "the oldest of the lilac trees"
SECOND = Admin("sub_second", frozenset(), None, frozenset(NAMES))
MARK = "Zhang-San"


@dataclass
class Told:
    """A house, its folder, and each reason that was typed, with the event that must keep it."""

    house: House
    folder: Path
    typed: list[tuple[str, str]] = field(default_factory=list)

    def because(self, event: str) -> str:
        """A reason of its own for an event."""
        reason = f"{MARK} 张三 {len(self.typed)}"
        self.typed.append((event, reason))
        return reason


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A whole administrators' day."""
    folder = tmp_path_factory.mktemp("house")
    with house_in(folder) as house:
        day = Told(house, folder)
        of_people(day)
        of_roles(day)
        of_the_house(day)
        yield day


def of_people(day: Told) -> None:
    idp, now = day.house.idp, day.house.clock()
    new = NewPerson("local", ("mei@local.example", "mei"), Text("Mei", "梅"))
    mei = accounts.add(idp, OPERATOR, new, day.because("person.added"), now)
    accounts.set_password(idp, OPERATOR, mei.id, Secret(PASSWORD), day.because("factor.bound"), now)
    app = day.house.app_of(mei)
    signed_in(day.house, app, given=Secret(PASSWORD))
    people.end_sessions(idp, OPERATOR, mei.id, day.because("session.ended"), now)
    day.house.clock.move(minutes=1)
    signed_in(day.house, app)
    now = day.house.clock()
    (session,) = idp.ports.truth.sessions.of(mei.id, now)
    people.end_session(idp, OPERATOR, mei.id, session.sid, now, day.because("session.ended"))
    people.enrolment_code(idp, OPERATOR, mei.id, day.because("factor.enrolment-code"), now)
    held = next(one for one in idp.ports.truth.authenticators.of(mei.id) if one.factor == "totp")
    people.remove_authenticator(idp, OPERATOR, mei.id, held.id, day.because("factor.removed"), now)
    people.disable(idp, OPERATOR, mei.id, day.because("person.disabled"), now)
    people.enable(idp, OPERATOR, mei.id, day.because("person.disabled"))


def signed_in(house: House, app: pyotp.TOTP, given: Secret[str] | None = None) -> None:
    """`given`: what an administrator made, which they replace at once."""
    browser = Browser(house)
    browser.sign_in("/me", "mei", given.reveal() if given else CHOSEN, app)
    if given:
        browser.submit(new=CHOSEN)
    assert (browser.status, browser.path) == (200, "/me"), browser.page[:1000]


def of_roles(day: Told) -> None:
    idp, now = day.house.idp, day.house.clock()
    bo = day.house.person("bo", PASSWORD)
    given = roles.grant(idp, OPERATOR, bo.id, "payroll-clerk", day.because("role.changed"), now)
    roles.take(idp, OPERATOR, bo.id, given.id, day.because("role.changed"), now)
    change = roles.grant(idp, OPERATOR, bo.id, "audit-administrator", day.because("change.asked"), now)
    assert roles.decide(idp, SECOND, change.id, day.because("change.decided"), approve=True, now=now)
    change = roles.grant(
        idp, OPERATOR, day.house.person("kim", PASSWORD).id, "audit-administrator", day.because("change.asked"), now
    )
    assert roles.decide(idp, SECOND, change.id, day.because("change.decided"), approve=False, now=now) is None


def of_the_house(day: Told) -> None:
    idp, now = day.house.idp, day.house.clock()
    north = Department("north", "country", "bureau", Text("North", "北"), "local")
    departments.put(idp, OPERATOR, [north], day.because("department.changed"))
    one = Client("tool", Text("Tool", "工具"), "local", ("https://x.example/",))
    clients.put(idp, OPERATOR, one, (), day.because("client.changed"))
    clients.new_secret(idp, OPERATOR, "tool", day.because("client.changed"))
    clients.remove(idp, OPERATOR, "tool", day.because("client.changed"), now)
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(Alert("alert_1", "mass-change", now, "alert.mass-change", {}, None))
    alerts.close(idp, OPERATOR, "alert_1", now, day.because("alert.closed"))


def test_every_reason_is_read_with_its_event(told: Told) -> None:
    rows = log.search(told.house.idp, OPERATOR, log.Wanted(), log.MOST)
    kept = {(row.name, row.reason) for row in rows}
    assert [one for one in told.typed if one not in kept] == []
    assert len(told.typed) == 19


def test_every_reason_is_told_in_a_sentence(told: Told) -> None:
    idp = told.house.idp
    teller = Teller(idp, OPERATOR, frozenset({"event.alert.closed", "event.role.given"}))
    said = [teller.tell(row) for row in log.search(idp, OPERATOR, log.Wanted(), log.MOST)]
    words = {facts["why"] for message, facts in said if message == "event.because"}
    assert {reason for _, reason in told.typed} <= words


def test_no_leaf_holds_what_was_typed(told: Told) -> None:
    idp = told.house.idp
    idp.ports.truth.audit.sequence()
    leaves = [row_line(row) for row in idp.ports.truth.audit.stored_rows()]  # type: ignore[attr-defined]
    assert len(leaves) > len(told.typed)
    assert [leaf for leaf in leaves if MARK in leaf or "张" in leaf] == []
    assert log.verify(idp, OPERATOR).ok


def test_no_file_of_the_database_holds_what_was_typed(told: Told) -> None:
    files = [path for path in told.folder.rglob("*") if path.is_file()]
    assert any("sqlite" in path.name for path in files)
    for path in files:
        content = path.read_bytes()
        assert MARK.encode() not in content, path
        assert "张三".encode() not in content, path


def test_signs_that_are_no_text_are_no_reason(told: Told) -> None:
    idp, now = told.house.idp, told.house.clock()
    bo = idp.ports.truth.people.find("bo", "local")
    assert bo is not None
    with pytest.raises(Invalid, match="not UTF-8"):
        people.disable(idp, OPERATOR, bo.id, "left \udcff", now)
