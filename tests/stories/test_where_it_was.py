"""Where a factor was made, and whose network a session is of: on one's own pages, where the operator's files know."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import orjson
import pyotp
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from idp.flows.kept import SCHEMA
from idp.flows.notices import tell
from idp.model import AAL2, EnrolmentCode, HardwareToken, Post
from idp.secret import Secret
from idp.web.me.own import network_of
from tests.stories.test_own_data import export, items
from tests.support.house import Browser, House, RelyingParty, house_in

PASSWORD = "correct horse battery staple"
BEIJING = {"country": {"iso_code": "CN"}, "city": {"names": {"en": "Beijing"}}}
OPERATOR = {"autonomous_system_number": 4134, "autonomous_system_organization": "CHINANET <b>&"}


def database(path: Path, kind: str, record: dict[str, object]) -> str:
    writer = MMDBWriter(6, kind, languages=["en"], description="test", ipv4_compatible=True)
    writer.insert_network(IPSet(["8.8.8.0/24"]), record)
    writer.to_db_file(str(path))
    return str(path)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    known = {
        "country_database": database(folder / "city.mmdb", "GeoLite2-City", BEIJING),
        "asn_database": database(folder / "asn.mmdb", "GeoLite2-ASN", OPERATOR),
    }
    with house_in(folder, risk=known) as found:
        yield found


def enrolled(house: House, name: str, address: str) -> tuple[Browser, pyotp.TOTP]:
    """Somebody whose authenticator app was made at that address a moment ago."""
    one = house.person(name, PASSWORD, roles=("payroll-clerk",))
    browser = Browser(house, address).sign_in(RelyingParty(house).start(), name, PASSWORD)
    browser.submit(way="totp").submit(code=house.enrolment_code(one))
    key = browser.page.partition("secret=")[2].partition("&")[0]
    app = pyotp.TOTP(key)
    browser.submit(code=app.at(house.clock()), name="Phone")
    assert [made.label for made in house.factors(one, "totp")] == ["Phone"]
    return browser, app


def test_a_factor_says_where_it_was_made(house: House) -> None:
    browser, _ = enrolled(house, "bei", "8.8.8.8")
    assert "Beijing, China" in browser.get("/me/methods").main
    browser.language = "zh-CN"
    browser.plant("lang", "zh-CN")
    assert "Beijing" in browser.get("/me/methods").main and "中国" in browser.page


def test_nothing_is_said_where_nothing_is_known(house: House) -> None:
    browser, _ = enrolled(house, "inside", "10.1.2.3")
    shown = browser.get("/me/methods").main
    assert "made 23 November 2026" in shown.replace("</time>", "").replace(
        '<time datetime="2026-11-23T02:00:00+00:00">', ""
    )
    assert not any(word in shown for word in ("China", "Unknown", "None"))
    assert "network of" not in browser.get("/me/sessions").main


def test_sessions_and_history_name_who_runs_the_network(house: House) -> None:
    browser, _ = enrolled(house, "net", "8.8.8.8")
    for page in ("/me/sessions", "/me/history"):
        shown = browser.get(page).main
        assert "network of AS4134 CHINANET &lt;b&gt;&amp;" in shown, page
        assert "<b>&" not in shown


@pytest.mark.parametrize(
    ("asn", "operator", "shown"),
    [
        (4134, "AS4134 CHINANET", "AS4134 CHINANET"),
        (4134, None, "AS4134"),
        (15169, "AS4134 CHINANET", "AS15169"),
        (41, "AS4134 CHINANET", "AS41"),
        (None, "AS4134 CHINANET", None),
    ],
    ids=["both", "number", "moved-on", "prefix", "unknown"],
)
def test_a_name_is_never_shown_beside_another_s_number(
    asn: int | None, operator: str | None, shown: str | None
) -> None:
    """A session is touched from another network: the number moves, the name of the sign-in's network does not."""
    assert network_of(asn, operator) == shown


def test_all_of_it_is_in_one_s_own_file(house: House) -> None:
    """Two posts, a trusted device, a code that waits, a code device, letters: whatever is kept is given."""
    browser, _ = enrolled(house, "whole", "8.8.8.8")
    idp, now = house.idp, house.clock()
    one = idp.ports.truth.people.find("whole@local.example", "local")
    assert one is not None
    (held,) = idp.ports.truth.sessions.devices_of(one.id)
    trusted = replace(
        held, trusted_at=now, trusted_until=now.replace(hour=23), trusted_acr=AAL2, public_key={"kty": "EC"}
    )
    with idp.ports.truth.begin() as tx:
        tx.people.add_post(Post(idp.id("post"), one.id, "country", "concurrent", "Deputy", now))
        tx.sessions.trust_device(trusted)
        tx.authenticators.add_code(
            EnrolmentCode("c-1", one.id, "secret-hash", "sub_desk", now.replace(hour=23), kind="pass")
        )
        tx.tokens.add(HardwareToken("SN-1", Secret(b"seed-of-the-token"), "SHA1", 6, 30, now))
        assert tx.tokens.assign("SN-1", one.id)
    data = export(browser)
    jsonschema_rs.validator_for(orjson.loads(SCHEMA.read_bytes())).validate(data)
    assert {row["kind"] for row in items(data, "posts")} == {"regular", "concurrent"}
    assert items(data, "devices")[0]["worth"] == AAL2 and items(data, "devices")[0]["has_own_key"] is True
    (code,) = items(data, "codes")
    assert (code["kind"], code["by"]) == ("pass", "sub_desk")
    assert [row["serial"] for row in items(data, "tokens")] == ["SN-1"]
    made_in = [row["made_in"] for row in items(data, "authenticators") if row["factor"] == "totp"]
    assert made_in == [["CN", "Beijing"]]
    assert items(data, "sessions")[0]["operator"] == items(data, "sign_ins")[0]["operator"] == "AS4134 CHINANET <b>&"
    letters = [row for row in items(data, "notices") if row["kind"] == "factor-added"]
    assert "name: Phone" in letters[0]["names"]  # type: ignore[operator]
    assert "secret-hash" not in browser.page and "seed-of" not in browser.page


def test_a_letter_s_other_person_is_not_in_the_file(house: House) -> None:
    browser, _ = enrolled(house, "alone", "8.8.8.8")
    idp = house.idp
    one = idp.ports.truth.people.find("alone@local.example", "local")
    assert one is not None
    with idp.ports.truth.begin() as tx:
        tell(idp, tx, one.id, "delegation-over", person="Somebody Else")
    assert "Somebody Else" not in str(export(browser))
