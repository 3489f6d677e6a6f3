"""A realm comes here from its export: its people sign in as before, its applications go on with the secrets they have.

The export is a real Keycloak's (26.4), with three kinds of hashes, codes of an unusual shape, a passkey, nested groups,
and applications of each kind; `tests/interop` makes one anew.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from adapters.keycloak.export import Wishes as Reading
from adapters.keycloak.export import load
from idp.flows.admin.scope import OPERATOR
from idp.flows.keys import tend
from idp.flows.migration import carry
from idp.flows.migration.carry import Report
from idp.flows.migration.difference import Wishes
from idp.flows.migration.moved import Moved
from idp.model import Department, Subject, Text
from tests.support.browser import ISSUER, VERIFIER
from tests.support.house import Browser, House, RelyingParty, house_in
from tests.support.keycloak_realm import HASHES, PASSWORDS, SECRET, SEED

EXPORT = Path(__file__).parent.parent / "support" / "exports" / "revenue-realm.json"
DEPARTMENT = Department(
    "revenue",
    "country",
    "bureau",
    Text("Revenue", "税务局"),
    "local",
    domains=("revenue.example",),
    mapping={"groups": {"realm:chief": ["payroll-clerk"]}, "clearance": {"default": 4}},
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        with found.idp.ports.truth.begin() as tx:
            tx.registry.put_department(DEPARTMENT)
        tend(found.idp)  # a key for each algorithm: the realm's applications expect RS256
        yield found


@pytest.fixture(scope="module")
def came(house: House) -> Report:
    return bring(house)


@pytest.fixture(autouse=True)
def later(house: House) -> None:
    house.clock.move(minutes=20)


def read(house: House) -> Moved:
    return load(EXPORT, Reading(house.idp.party.id))


def bring(house: House) -> Report:
    return carry.carry(house.idp, OPERATOR, read(house), Wishes("revenue", vouched=True), "moving", house.clock())


def who(house: House, name: str) -> Subject:
    found = house.idp.ports.truth.people.find(name, "revenue")
    assert found is not None
    return found


def signed_in(house: House, name: str, *, scope: str = "openid profile") -> Browser:
    docs = RelyingParty(house, "docs")
    return Browser(house).get(docs.start(scope=scope)).submit(username=f"{name}@revenue.example")


def test_a_look_writes_nothing_and_says_what_would_come(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        with house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(DEPARTMENT)
        before = house.events()
        seen = carry.look(house.idp, OPERATOR, read(house), Wishes("revenue", vouched=True), house.clock())
        assert seen.counts()["person added"] == len(PASSWORDS)
        assert house.events() == before
        assert house.idp.ports.truth.people.search("", branch=["revenue"], offset=0, limit=9)[1] == 0
        done = bring(house)
        assert done.lines == seen.lines and done.left == seen.left


def test_everything_comes_or_is_told_of(came: Report) -> None:
    assert came.counts() == {"client added": 3, "person added": 5}
    told = {one.place: one for one in came.left}
    assert all(one.why and one.fix for one in came.left)
    for place in ("client old-saml", "client wild"):
        assert place in told, sorted(told)
    assert any("guessing" in one.why for one in came.left)


@pytest.mark.parametrize("name", ["bob", "cem", "dora"])
def test_a_password_of_each_kind_is_right_and_made_ours_by_its_first_use(house: House, came: Report, name: str) -> None:
    (held,) = house.factors(who(house, name), "password")
    assert held.secret is not None and house.idp.ports.passwords.is_old(held.secret), HASHES[name]
    assert signed_in(house, name).submit(password="not hers at all").path == "/sign-in/password"
    assert signed_in(house, name).submit(password=PASSWORDS[name]).path != "/sign-in/password"
    (now,) = house.factors(who(house, name), "password")
    assert now.id == held.id and now.secret is not None and not house.idp.ports.passwords.is_old(now.secret)


def ada(house: House, application: RelyingParty, **more: str) -> Browser:
    """She signs in with what she had there: a password, and codes of eight digits in a minute."""
    browser = Browser(house).get(application.start(scope="openid profile", **more))
    browser.submit(username="ada@revenue.example").submit(password=PASSWORDS["ada"])
    if browser.path == "/sign-in/totp":
        app = pyotp.TOTP(base64.b32encode(SEED).decode(), digits=8, interval=60, digest="sha256")
        browser.submit(code=app.at(house.clock()))
    return browser


def test_her_codes_go_on_in_their_own_shape(house: House, came: Report) -> None:
    docs = RelyingParty(house, "docs")
    browser = ada(house, docs, acr_values="urn:gerege:aal2")
    assert browser.url.startswith("https://docs.example/callback"), browser.page
    claims = docs.id_token(browser)
    assert claims["sub"] == who(house, "ada").id, "applications know her by the id that she had"
    assert claims["acr"] == "urn:gerege:aal2" and "otp" in claims["amr"]  # type: ignore[operator]


def test_roles_come_by_the_mapping_alone(house: House, came: Report) -> None:
    roles = {name: _roles(house, name) for name in PASSWORDS}
    assert roles["ada"] == {"payroll-clerk"} and roles["bob"] == roles["cem"] == set()
    assert came.unmapped, "what gives nothing here is told"


def _roles(house: House, name: str) -> set[str]:
    return {one.role for one in house.idp.ports.truth.people.role_grants(who(house, name).id)}


def test_who_had_left_there_stays_out(house: House, came: Report) -> None:
    assert who(house, "emil").disabled
    assert signed_in(house, "emil").submit(password=PASSWORDS["emil"]).path == "/sign-in/password"


def test_an_application_goes_on_with_the_secret_that_it_has(house: House, came: Report) -> None:
    portal = house.idp.ports.truth.configuration().clients["portal"]
    assert "http://127.0.0.1:9001/callback" in portal.redirect_uris
    assert not any("*" in one for one in portal.redirect_uris)
    application = RelyingParty(house, "portal")
    browser = ada(house, application)
    if browser.path == "/consent":
        browser.submit(do="allow")
    assert browser.url.startswith("http://127.0.0.1:9001/callback"), browser.page
    form = {
        "grant_type": "authorization_code",
        "code": browser.query["code"],
        "code_verifier": VERIFIER,
        "redirect_uri": portal.redirect_uris[0],
    }
    wrong = application.http.post("/token", base_url=ISSUER, data=form, auth=("portal", "s" * 44))
    assert wrong.status_code == 401
    right = application.http.post("/token", base_url=ISSUER, data=form, auth=("portal", SECRET))
    assert right.status_code == 200 and "id_token" in right.json  # type: ignore[operator]


def test_a_second_run_finds_nothing_to_do(house: House, came: Report) -> None:
    factors = {name: secrets_of(house, name) for name in PASSWORDS}
    events = house.events()
    again = bring(house)
    assert set(again.counts()) <= {"person unchanged", "client unchanged"}, again.counts()
    assert house.events() == events
    assert {name: secrets_of(house, name) for name in PASSWORDS} == factors


def secrets_of(house: House, name: str) -> list[bytes]:
    held = house.idp.ports.truth.authenticators.of(who(house, name).id)
    return [one.secret.reveal() for one in held if one.secret is not None]
