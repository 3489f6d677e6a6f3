"""An administrator connects a department's directory in the console, step by step, on a real OpenLDAP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from idp.flows.admin import console_client
from idp.model import Department, DirectoryReading, Text
from tests.support.console import enter
from tests.support.house import Browser, House, house_in
from tests.support.slapd import Directory, directory

HOME = "/admin/departments/finance"
SUFFIX = "dc=mof,dc=example"
FINE = re.compile(r'<span class="state (good|bad)">')


@dataclass
class Scene:
    house: House
    finance: Directory
    admin: Browser

    def step(self, name: str, **given: str) -> str:
        """Fill one step in and try it; the page that comes of it."""
        return self.sent(name, {"do": "try"} | given)

    def sent(self, name: str, fields: dict[str, str]) -> str:
        """The step's own form, sent."""
        page = self.admin.get(f"{HOME}/directory/{name}").main
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token is not None, page
        answer = self.admin.post(f"{HOME}/directory/{name}", {"csrf": token[1]} | fields)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def kept(self) -> Department:
        found = self.house.idp.department("finance")
        assert found is not None
        return found


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with directory(tmp_path / "ldap") as finance:
        port = int(finance.prepared.ldap_url.rpartition(":")[2])
        listed = {"host": "localhost", "port": port, "department": "finance"}
        with house_in(tmp_path / "house", directories_settings={"allowed": [listed]}) as house:
            with house.idp.ports.truth.begin() as tx:
                one = Department("finance", "country", "bureau", Text("Finance", "财政"), prefixes=("FIN",))
                tx.registry.put_department(one)
            console_client.ensure(house.idp, "local")
            yield Scene(house, finance, enter(house, "sys", "local", "system-administrator"))


def given(scene: Scene) -> dict[str, dict[str, str]]:
    prepared = scene.finance.prepared
    return {
        "address": {"url": prepared.ldap_url.replace("127.0.0.1", "localhost"), "vendor": "openldap"},
        "tls": {"ca_pem": prepared.ca_file.read_text()},
        "bind": {
            "bind_dn": f"cn=gerege,ou=services,{SUFFIX}",
            "account_password": prepared.account_password_file.read_text().strip(),
        },
        "base": {"base_dn": f"ou=people,{SUFFIX}", "groups_base": f"ou=groups,{SUFFIX}"},
        "map": {
            "groups": "payroll-clerks = payroll-clerk\nbowling = nothing-much",
            "clearances": "payroll-clerks = 3",
            "clearance": "2",
            "sample": "alice",
        },
        "sign-in": {"sample": "alice", "password": "Demo-alice-1"},
        "dry-run": {},
    }


def test_a_directory_is_connected_and_its_people_sign_in(scene: Scene) -> None:
    right = given(scene)
    for name, typed in right.items():
        page = scene.step(name, **typed)
        assert 'class="note bad"' not in page, page
        assert "bad" not in FINE.findall(page)
        assert scene.kept().connector is None, "nothing is kept before the last step"
        assert right["bind"]["account_password"] not in page and "Demo-alice-1" not in page
        if name == "map":
            assert "alice@mof.example" in page and "gives payroll-clerk" in page and "it gives nothing" in page
        if name == "dry-run":
            assert "join" in page
    assert "The directory is connected" in scene.sent("save", {"do": "save", "reason": "the ministry moved"})
    kept = scene.kept()
    assert kept.connector == "ldap" and right["bind"]["account_password"] not in repr(kept.settings)
    assert kept.settings["bind_password_sealed"]
    browser = Browser(scene.house)
    browser.get("/me")
    browser.submit(username="FIN\\alice").submit(password="Demo-alice-1")
    assert "The name or password is not right" not in browser.page
    assert scene.house.idp.ports.truth.people.by_link("finance", _id_of(scene)) is not None


def _id_of(scene: Scene) -> str:
    connector = scene.finance.connector()
    entry = connector.find("alice")
    connector.close()
    assert entry is not None
    return entry.stable_id


@pytest.mark.parametrize(
    ("step", "wrong", "words", "code"),
    [
        ("tls", {"ca_pem": ""}, "No authority is given that can be used", None),
        ("bind", {"account_password": "wrong"}, "the password is wrong, or the account is not there", "49"),
        ("base", {"base_dn": f"ou=nobody,{SUFFIX}"}, "does not exist, or the account may not read it", "32"),
        ("map", {"sample": "nobody-at-all"}, "Nobody is called nobody-at-all there", None),
        ("map", {"groups": "payroll-clerks = system-administrator"}, "may not give the role", None),
        ("sign-in", {"password": "wrong"}, "refuses this password", None),
    ],
    ids=["no-authority", "wrong-password", "wrong-base", "nobody", "administrator", "wrong-sign-in"],
)
def test_each_fault_is_told_apart_and_the_next_step_stays_shut(
    scene: Scene, step: str, wrong: dict[str, str], words: str, code: str | None
) -> None:
    road = list(given(scene))
    for name, typed in given(scene).items():
        if name == step:
            page = scene.step(name, **typed | wrong)
            assert words in page.replace("&#39;", "'"), page
            assert code is None or f'dir="ltr">{code}' in page
            later = road[road.index(name) + 1]
            answer = scene.admin.http.get(f"{HOME}/directory/{later}", base_url=scene.house.idp.issuer)
            assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/directory/{step}")
            return
        scene.step(name, **typed)


def test_what_was_typed_for_one_server_is_not_sent_to_another(scene: Scene) -> None:
    """The password is forgotten as soon as the authority changes."""
    for name in ("address", "tls", "bind"):
        scene.step(name, **given(scene)[name])
    scene.step("tls", ca_pem=given(scene)["tls"]["ca_pem"] + "\n# another")
    page = scene.step("bind", bind_dn=given(scene)["bind"]["bind_dn"])
    assert "Type the account" in page


def test_the_day_of_a_directory_is_shown(scene: Scene) -> None:
    idp, now = scene.house.idp, scene.house.clock()
    with idp.ports.truth.begin() as tx:
        tx.registry.put_department(
            Department("finance", "country", "bureau", Text("Finance", "财政"), "ldap", {"urls": ["ldaps://x"]})
        )
        tx.runs.add_reading(DirectoryReading("finance", now - timedelta(hours=3), True, timedelta(milliseconds=40)))
        tx.runs.add_reading(
            DirectoryReading("finance", now - timedelta(hours=2), False, timedelta(seconds=3), "urls: refused")
        )
    page = scene.admin.get(HOME).page
    assert page.count('<rect class="good"') == 1 and page.count('<rect class="down"') == 1
    assert page.count('<rect class="unknown"') == 22
    assert "urls: refused" in page and "40 ms" in page


def test_a_base_is_found_by_looking(scene: Scene) -> None:
    for name in ("address", "tls", "bind"):
        scene.step(name, **given(scene)[name])
    page = scene.step("base", base_dn="", groups_base="")
    assert f"ou=people,{SUFFIX}" in page and "Write where people are" in page
    page = scene.sent("base", {"people_in": f"ou=people,{SUFFIX}", "groups_base": ""})
    assert f'value="ou=people,{SUFFIX}"' in page
    page = scene.sent("base", {"base_dn": f"ou=people,{SUFFIX}", "groups_in": f"ou=groups,{SUFFIX}"})
    assert "Continue" not in page, "looking proves nothing"
    assert "Continue" in scene.step("base", **given(scene)["base"])
