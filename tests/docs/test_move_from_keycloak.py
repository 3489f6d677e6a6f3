"""The how-to of moving from Keycloak, line by line: with the export that is kept, and with a real Keycloak's."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.load import load
from config.settings import Settings
from idp.cli.__main__ import gerege
from tests.docs.test_hardware_tokens import CONFIG
from tests.support.house import Browser, House, RelyingParty, house_in
from tests.support.howto import HowTo
from tests.support.keycloak import keycloak
from tests.support.keycloak_realm import PASSWORDS, REALM, furnish

pytestmark = pytest.mark.ci
PAGE = HowTo.read("move-from-keycloak")
KEPT = Path(__file__).parents[1] / "support" / "exports" / "revenue-realm.json"
CSV = "username,name,name_zh,mail,groups\nfay,Fay Byron,费·拜伦,fay@revenue.example,clerks\n"
LDIF = "dn: uid=gil,dc=old\nobjectClass: inetOrgPerson\nuid: gil\ncn: Gil Byron\nmail: gil@revenue.example\n"


@contextmanager
def ground(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.chdir(folder)
    department, _ = PAGE.blocks("toml")
    (folder / "revenue.toml").write_text(department, encoding="utf-8")
    (folder / "people.csv").write_text(CSV, encoding="utf-8")
    (folder / "people.ldif").write_text(LDIF, encoding="utf-8")
    (folder / "gerege.toml").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    with house_in(folder) as house:
        yield house


def follow(folder: Path) -> list[dict[str, object]]:
    """Every line of `bin/gerege`; what each told."""
    told = []
    for words in PAGE.gerege():
        done = CliRunner().invoke(gerege, [*words, "--json"], env={"GEREGE_CONFIG": str(folder / "gerege.toml")})
        assert done.exit_code == 0, f"{words}\n{done.output}"
        told.append(json.loads(done.output))
    return told


def look(house: House) -> None:
    """They are here, and sign in with the password that they had."""
    house.clock.at = datetime.now(UTC)  # the command line goes by the time of day
    for name in ("bob", "cem"):
        browser = Browser(house).get(RelyingParty(house, "docs").start(scope="openid"))
        browser.submit(username=f"{name}@revenue.example").submit(password=PASSWORDS[name])
        assert browser.path != "/sign-in/password", browser.main
    people = house.idp.ports.truth.people
    for name in ("fay", "gil"):
        assert people.find(f"{name}@revenue.example", "revenue") is not None
    ada = people.find("ada", "revenue")
    assert ada is not None
    assert {one.role for one in people.role_grants(ada.id)} == {"payroll-clerk", "payroll-approver"}


def test_the_how_to_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ground(tmp_path, monkeypatch) as house:
        (tmp_path / "export").mkdir()
        shutil.copyfile(KEPT, tmp_path / "export" / "revenue-realm.json")
        added, looked, came, seen, *rest = follow(tmp_path)
        assert added["changed"] == ["revenue"]
        assert looked["dry_run"] is True and looked["counts"] == came["counts"] and looked["left"] == came["left"]
        assert seen["counts"] == {"person added": 1} and [one["dry_run"] for one in rest] == [False, False]
        look(house)
        assert follow(tmp_path)[2]["counts"] == {"client unchanged": 3, "person unchanged": 5}


def test_an_export_that_is_none_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ground(tmp_path, monkeypatch):
        (tmp_path / "export").mkdir()
        (tmp_path / "export" / "revenue-realm.json").write_text('{"realm": 7}', encoding="utf-8")
        words = ["migrate", "keycloak", "export", "--department", "revenue", "--dry-run"]
        done = CliRunner().invoke(gerege, words, env={"GEREGE_CONFIG": str(tmp_path / "gerege.toml")})
        assert done.exit_code == 2 and "realm" in done.output and "Traceback" not in done.output


def test_the_settings_that_are_shown_are_settings(tmp_path: Path) -> None:
    _, moved = PAGE.blocks("toml")
    (tmp_path / "gerege.toml").write_text(CONFIG.format(folder=tmp_path) + moved, encoding="utf-8")
    settings = load(tmp_path / "gerege.toml")
    assert isinstance(settings, Settings) and settings.moved.keycloak_realm == REALM


@pytest.mark.xdist_group("keycloak")
def test_a_real_keycloak_s_export_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kc").mkdir()
    with keycloak(tmp_path / "kc") as server:
        furnish(server, callback="http://127.0.0.1:9001/callback", bye="http://127.0.0.1:9001/bye")
        export = server.export(REALM)
    (tmp_path / "house").mkdir()
    with ground(tmp_path / "house", monkeypatch) as house:
        shutil.copytree(export, tmp_path / "house" / "export")
        follow(tmp_path / "house")
        look(house)
