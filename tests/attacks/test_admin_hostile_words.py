"""Names, titles, reasons and addresses that are markup or commands stay words on every page of the console."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from idp.flows.admin import clients, console_client, people, roles
from idp.flows.admin.accounts import NewPerson, add
from idp.flows.admin.scope import OPERATOR
from idp.model import Alert, Client, Text
from tests.support.house import Browser, House, house_in

PASSWORD = "correct horse battery staple"
HOSTILE = "<script>alert(1)</script>\"'{{7*7}}%(x)s"
AREAS = {
    "system-administrator": ("", "/people", "/departments", "/apps", "/alerts", "/approvals"),
    "security-administrator": ("", "/people", "/roles", "/apps", "/alerts", "/approvals", "/audit"),
    "audit-administrator": ("", "/people", "/roles", "/departments", "/apps", "/alerts", "/approvals", "/audit"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        idp, now = found.idp, found.clock()
        console_client.ensure(idp, "local")
        name = Text(HOSTILE, HOSTILE)
        victim = add(idp, OPERATOR, NewPerson("local", ("victim",), name, title=HOSTILE), "r", now)
        roles.grant(idp, OPERATOR, victim.id, "payroll-clerk", HOSTILE, now, until=now + timedelta(days=9))
        roles.grant(idp, OPERATOR, victim.id, "audit-administrator", HOSTILE, now)
        clients.put(idp, OPERATOR, Client("hostile", name, "local", ("https://x.example/",)), (), HOSTILE)
        people.disable(idp, OPERATOR, victim.id, HOSTILE, now)
        alert = Alert("alert_1", "stolen-session", now, "alert.stolen-session", {"network": HOSTILE}, victim.id)
        with idp.ports.truth.begin() as tx:
            tx.desk.raise_alert(alert)
        yield found


def inside(house: House, role: str, language: str) -> Browser:
    name = f"{role}-{language}".lower()
    subject = house.person(name, PASSWORD, roles=(role,))
    browser = Browser(house)
    browser.language = language
    browser.sign_in("/admin", name, PASSWORD, house.app_of(subject))
    assert (browser.status, browser.path) == (200, "/admin"), browser.page[:1000]
    return browser


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("role", sorted(AREAS))
def test_every_area_shows_words_as_words(house: House, role: str, language: str) -> None:
    browser = inside(house, role, language)
    for area in AREAS[role]:
        found = browser.get(f"/admin{area}")
        assert found.status == 200, (area, found.page[:500])
        assert "<script>alert" not in found.page
        assert "49%(x)s" not in found.page
        assert found.last is not None
        assert "default-src 'none'" in found.last.headers["Content-Security-Policy"]
        assert found.last.headers["Cache-Control"] == "no-store"
    assert "&lt;script&gt;" in browser.get("/admin/people").page
    victim = people.resolve(house.idp, OPERATOR, "victim", house.clock())
    assert "&lt;script&gt;" in browser.get(f"/admin/people/{victim.id}").page


@pytest.mark.parametrize(
    "query",
    [
        "/admin/people?q=%27%3B+DROP+TABLE+person%3B--",
        "/admin/people?q=%00%FF",
        "/admin/people?page=-5",
        "/admin/people?page=99999999999999999999",
        "/admin/people?page=x",
        "/admin/audit?since=yesterday&until=9999-12-31&kind=nothing&q=%3Cscript%3E",
        "/admin/audit?page=0&q=ABCD-EFGH",
        "/admin/audit?since=0000-00-00",
    ],
)
def test_what_is_typed_into_a_search_breaks_nothing(house: House, query: str) -> None:
    browser = shared(house)
    found = browser.get(query)
    assert found.status == 200
    assert "<script>alert" not in found.page
    assert "DROP TABLE person;--</" not in found.page.replace("&#39;", "'").split('value="')[0]


_browsers: dict[int, Browser] = {}


def shared(house: House) -> Browser:
    """One audit administrator for all searches."""
    if id(house) not in _browsers:
        _browsers[id(house)] = inside(house, "audit-administrator", "en-GB")
    return _browsers[id(house)]


def test_a_path_that_is_nobody_s_is_not_found(house: House) -> None:
    browser = shared(house)
    for path in ("/admin/people/sub_nobody", "/admin/people/..%2f..%2fetc", "/admin/nothing", "/admin/people/%00"):
        assert browser.get(path).status == 404


def test_who_reads_the_log_verifies_it(house: House) -> None:
    house.idp.ports.truth.audit.sequence()
    browser = shared(house)
    browser.get("/admin/audit").submit(do="verify")
    assert browser.status == 200
    assert "nothing changed" in browser.page
