"""What is kept about a person: taken along, put right, erased; by themselves and by nobody else."""

from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from idp.flows.kept import SCHEMA
from idp.flows.kept_parts import PARTS
from idp.ports import ReasonState
from tests.support.console import Cast, cast_in
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with cast_in(tmp_path_factory.mktemp("own")) as found:
        yield found


def export(browser: Browser) -> dict[str, object]:
    """The file that the person downloads."""
    browser.get("/me/data").submit(do="json")
    assert browser.last is not None and browser.last.mimetype == "application/json", browser.page[:500]
    assert "attachment" in browser.last.headers["Content-Disposition"]
    read: dict[str, object] = orjson.loads(browser.page)
    return read


def items(data: dict[str, object], name: str) -> list[dict[str, object]]:
    parts = data["parts"]
    assert isinstance(parts, list)
    (found,) = (one["items"] for one in parts if one["name"] == name)
    return found  # type: ignore[no-any-return]


def test_the_file_holds_everything_and_validates(house: House) -> None:
    one = house.person("exa", "a password", roles=("payroll-clerk",))
    app, payroll = house.app_of(one), RelyingParty(house)
    browser = Browser(house).sign_in(payroll.start(scope=SCOPE), "exa", "a password", app)
    assert payroll.redeem(browser).status_code == 200
    Browser(house, "10.7.7.7").get("/me").submit(username="exa@local.example").submit(password="wrong")
    data = export(browser)
    schema = orjson.loads(Browser(house).get("/me/data/schema.json").page)
    assert schema == orjson.loads(SCHEMA.read_bytes())
    jsonschema_rs.validator_for(schema).validate(data)
    assert [part["name"] for part in data["parts"]] == [part.name for part in PARTS]  # type: ignore[attr-defined]
    assert items(data, "profile")[0]["mail"] == "exa@local.example"
    assert items(data, "roles")[0]["role"] == "payroll-clerk"
    assert {row["outcome"] for row in items(data, "sign_ins")} == {"succeeded", "failed"}
    for name in ("identifiers", "posts", "authenticators", "sessions", "devices", "grants", "audit"):
        assert items(data, name), name
    assert house.told("person.exported")
    again = export(browser)
    assert [row["kind"] for row in items(again, "notices")].count("data-exported") == 1
    (seed,) = house.factors(one, "totp")
    assert seed.secret is not None and str(seed.secret.reveal()) not in browser.page and "$argon2" not in browser.page


def test_a_file_that_lacks_a_part_does_not_validate(house: House) -> None:
    app = house.app_of(house.person("lacks", "a password"))
    data = export(Browser(house).sign_in("/me/data", "lacks", "a password", app))
    validator = jsonschema_rs.validator_for(orjson.loads(SCHEMA.read_bytes()))
    assert validator.is_valid(data)
    data["parts"] = data["parts"][:-1]  # type: ignore[index]
    assert not validator.is_valid(data)


def test_the_same_to_read_and_only_after_a_recent_proof(house: House) -> None:
    app = house.app_of(house.person("rea", "a password"))
    browser = Browser(house).sign_in("/me/data", "rea", "a password", app)
    browser.submit(do="page")
    assert "Everything that is kept about me" in browser.page and "rea@local.example" in browser.page
    house.clock.move(minutes=11)
    before = len(house.events("person.exported"))
    browser.get("/me/data").submit(do="json")
    assert browser.path.startswith("/sign-in"), browser.path
    browser.submit(password="a password") if browser.path == "/sign-in/password" else None
    if browser.path == "/sign-in/totp":
        browser.submit(code=app.at(house.clock()))
    assert browser.path == "/me/data" and len(house.events("person.exported")) == before
    assert export(browser)["subject"]


def test_a_correction_is_decided_by_somebody_else_and_then_stands_everywhere(cast: Cast) -> None:
    house = cast.house
    cora = house.person("cora", "a password", department="north")
    app = house.app_of(cora)
    browser = Browser(house).get("/me/data").submit(username="NORTH\\cora").submit(password="a password")
    browser.submit(code=app.at(house.clock()))
    browser.submit(field="name_en", wanted="Cora", do="correct")
    assert "That is what stands there already" in browser.page
    browser.submit(field="name_en", wanted="Cora Lind", reason="married", do="correct")
    assert "with the administrators" in browser.page and "Waits for an administrator" in browser.page
    browser.submit(field="name_en", wanted="Other", do="correct")
    assert "The same wish waits already" in browser.page
    page = cast.system.get("/admin/approvals")
    assert "becomes “Cora Lind”" in page.page and "married" in page.page
    page.submit(wish=house.idp.ports.truth.desk.changes_by(cora.id)[0].id, reason="seen her papers", do="approve")
    assert "The wish was carried out" in page.page
    there = house.idp.ports.truth.people.get(cora.id)
    assert there is not None and (there.display_name.en, there.display_name.zh) == ("Cora Lind", "Cora")
    assert "Done" in browser.get("/me/data").page and house.told("person.changed")


def test_an_erased_person_is_gone_everywhere_and_the_log_verifies(cast: Cast) -> None:
    house, truth = cast.house, cast.house.idp.ports.truth
    eras = house.person("erasmus", "a password", department="north")
    app = house.app_of(eras)
    browser = Browser(house).get("/me/data").submit(username="NORTH\\erasmus").submit(password="a password")
    browser.submit(code=app.at(house.clock()))
    browser.submit(do="erase")
    assert "Tick that you want this" in browser.page and not truth.desk.changes_by(eras.id)
    browser.submit(sure="yes", do="erase")
    assert "with the administrators" in browser.page
    (wish,) = truth.desk.changes_by(eras.id)
    assert truth.people.get(eras.id) is not None  # nothing happens before a second person says so
    page = cast.system.get("/admin/approvals")
    page.submit(wish=wish.id, reason="Erasmus left", do="approve")
    assert "The wish was carried out" in page.page
    assert truth.people.get(eras.id) is None and truth.people.find("erasmus", "north") is None
    assert browser.get("/me").path == "/sign-in"
    assert "Erasmus" not in cast.system.get("/admin/people?q=erasmus").page.replace("q=erasmus", "")
    rows = truth.audit.search(subject_id=eras.id, limit=100)
    assert "person.erased" in {row.name for row in rows} and not any("Erasmus" in row.body for row in rows)
    assert {row.reason for row in rows} == {None}
    assert ReasonState.DELETED in {row.reason_state for row in rows}
    late = Browser(house).get("/me").submit(username="NORTH\\erasmus").submit(password="a password")
    assert late.path == "/sign-in/password" and "not right" in late.page


def test_a_wish_can_be_taken_back_and_turned_down(cast: Cast) -> None:
    house, truth = cast.house, cast.house.idp.ports.truth
    dora = house.person("dora", "a password", department="north")
    app = house.app_of(dora)
    browser = Browser(house).get("/me/data").submit(username="NORTH\\dora").submit(password="a password")
    browser.submit(code=app.at(house.clock()))
    browser.submit(sure="yes", do="erase").submit(wish=truth.desk.changes_by(dora.id)[0].id, do="withdraw")
    assert "Your wish is taken back" in browser.page
    assert all(one.outcome == "refused" for one in truth.desk.changes_by(dora.id))
    house.clock.move(seconds=1)
    browser.get("/me/data").submit(sure="yes", do="erase")
    open_ = next(one for one in truth.desk.changes_by(dora.id) if one.outcome is None)
    page = cast.system.get("/admin/approvals").submit(wish=open_.id, reason="a court asks", do="refuse")
    assert "The wish was turned down" in page.page
    assert truth.people.get(dora.id) is not None and "Turned down" in browser.get("/me/data").page


def test_retention_forgets_what_is_too_old(tmp_path: Path) -> None:
    from idp.flows import retention
    from tests.support.house import house_in

    with house_in(tmp_path, retention={"sign_in_days": 30, "decision_days": 30, "letter_days": 30}) as house:
        one = house.person("old", "a password")
        Browser(house).sign_in("/me", "old", "a password", house.app_of(one))
        house.clock.move(days=29)
        assert retention.forget(house.idp) == 0
        house.clock.move(days=2)
        assert retention.forget(house.idp) > 0
        assert not house.idp.ports.truth.history.sign_ins(one.id, house.clock.at.replace(year=2020))
