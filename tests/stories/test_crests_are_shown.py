"""A department's crest stands beside its name wherever somebody signs in, is decoration, and moves nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.connectors.crest import load_crest
from demo.directories import write_department
from demo.directories.prepared import Prepared
from idp.flows.admin import departments
from idp.flows.admin.apply import compare
from idp.flows.admin.difference import between
from idp.flows.admin.plan import Plan
from idp.flows.admin.scope import OPERATOR
from idp.model import Department
from idp.web.crests import crest_of
from tests.support.directory import Directory
from tests.support.house import Browser, House, RelyingParty, house_in

FOLDER = Path(__file__).parents[2] / "demo" / "departments"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house"), {"mof": Directory("mof")}) as found:
        yield found


def crested(house: House) -> Department:
    one = house.idp.department("local")
    assert one is not None
    changed = replace(one, settings={**one.settings, "crest": load_crest(FOLDER, "mof.svg")})
    departments.put(house.idp, OPERATOR, [changed], "its crest")
    return changed


def crests_on(page: str) -> list[str]:
    """Addresses of the crests of a page, each of which is decoration of a fixed size."""
    found = re.findall(r"<img[^>]*>", page)
    for one in found:
        assert 'class="crest"' in one and 'alt=""' in one and 'width="36" height="36"' in one
    return [re.search(r'src="([^"]*)"', one)[1] for one in found]  # type: ignore[index]


def test_on_the_choice_the_password_and_the_factor(house: House) -> None:
    subject = house.person("chen", PASSWORD, roles=("payroll-clerk",))
    app = house.app_of(subject)
    without = Browser(house).get("/sign-in").submit(username="nobody@local.example")
    assert crests_on(without.page) == []
    address = crest_of(crested(house))
    browser = Browser(house).get(RelyingParty(house).start())
    assert crests_on(browser.page) == []
    browser.submit(username="chen")
    assert browser.path == "/sign-in/password" and crests_on(browser.page) == [address]
    where = browser.query["i"]
    assert crests_on(browser.get(f"/sign-in/department?i={where}").page) == [address], "only one of the two has one"
    browser.get(f"/sign-in/password?i={where}").submit(password=PASSWORD)
    assert browser.path == "/sign-in/totp" and crests_on(browser.page) == [address] and "Local" in browser.page
    assert house.http().get(address or "", base_url="https://id.example").status_code == 200
    browser.submit(code=app.at(house.clock()))


def test_a_stranger_s_name_gets_the_same_crest(house: House) -> None:
    """The crest is the department's, and says nothing of who is there."""
    address = crest_of(crested(house))
    assert crests_on(Browser(house).get("/sign-in").submit(username="nobody@local.example").page) == [address]


def test_another_picture_has_another_address(house: House) -> None:
    first = crested(house)
    other = replace(first, settings={**first.settings, "crest": load_crest(FOLDER, "moe.svg")})
    assert crest_of(first) != crest_of(other)
    departments.put(house.idp, OPERATOR, [other], "another crest")
    assert house.http().get(crest_of(first) or "", base_url="https://id.example").status_code == 404


def test_a_plan_tells_of_it_by_its_digest(house: House) -> None:
    one = crested(house)
    told = [change for change in between(None, one) if change.field == "settings.crest"]
    assert [str(change.after)[:7] for change in told] == ["sha256:"] and "<svg" not in str(told)
    same = compare(house.idp, OPERATOR, Plan(departments=(one,)), house.clock())
    assert same.is_clean


def test_the_demonstration_takes_it_along(tmp_path: Path) -> None:
    prepared = Prepared("mof", "slapd", (), {}, "ldap://localhost:1", True, "", "", FOLDER, "", FOLDER, "", FOLDER)
    write_department(FOLDER / "mof.toml", prepared, tmp_path / "to" / "mof.toml")
    assert (tmp_path / "to" / "mof.svg").read_bytes() == (FOLDER / "mof.svg").read_bytes()
