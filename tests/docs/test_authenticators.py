"""The how-to about authenticators, done as it stands, with a metadata service of our own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.plan import client_table
from config.load import load
from idp.cli.__main__ import gerege
from tests.docs.test_run import Place, place
from tests.support.fido import BLUE, Authority, blob, entry
from tests.support.howto import HowTo

pytestmark = pytest.mark.ci  # many whole houses: too slow for every `make test`


__all__ = ["place"]


def test_the_page_as_it_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    service, due = Authority("Service Root"), (datetime.now(UTC) + timedelta(days=30)).date()
    (place.folder / "root.pem").write_bytes(service.pem)
    told = blob(service, [entry(BLUE, "Blue Key 5", Authority("Maker").der), "bad"], due=due)
    (place.folder / "blob.jwt").write_bytes(told)
    for verb in ("keys make-master", "admin bootstrap"):
        place.gerege(f"bin/gerege {verb}", verb.split())
    place.follow("authenticators.md")
    said = {line.split()[2]: answer for line, answer in place.told.items() if " fido " in line}
    assert "1 models, 1 changed" in said["import"] and "left out entry 1" in said["import"]
    assert "Blue Key 5" in said["list"]
    assert "is recalled; 0 hold it" in said["recall"] and "recalled 20" in said["show"]
    assert "is trusted again" in said["restore"]


def test_what_it_says_of_settings_and_plans_is_so(tmp_path: Path) -> None:
    client, rules = HowTo.read("authenticators").blocks("toml")
    kind = client.split('"')[1]
    assert kind in client_table.CHOICES["authenticators"]
    file = tmp_path / "gerege.toml"
    file.write_text(rules)
    found = load(file, {}).authenticators
    assert (found.models, found.roles) == ((str(BLUE),), {"payroll-approver": "attested"})


def run(place: Place, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(gerege, words, env={"GEREGE_CONFIG": str(place.folder / "gerege.toml")})
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def test_what_cannot_be_imported_is_told_with_its_code(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken JSON and a wrong root are wrong files (2); too old is refused (1); nothing of them stays."""
    monkeypatch.chdir(place.folder)
    for verb in ("keys make-master", "admin bootstrap"):
        place.gerege(f"bin/gerege {verb}", verb.split())
    service, due = Authority("Service Root"), (datetime.now(UTC) + timedelta(days=30)).date()
    (place.folder / "root.pem").write_bytes(service.pem)
    good = blob(service, [entry(BLUE, "Blue Key 5")], due=due)
    wrong = {
        "broken.jwt": (2, "not JSON", good.split(b".")[0] + b".e30x." + good.split(b".")[2]),
        "other.jwt": (2, "does not come from the root", blob(Authority("Service Root"), [], due=due)),
        "old.jwt": (1, "download a newer one", blob(service, [], due=due - timedelta(days=60))),
    }
    for name, (code, why, content) in wrong.items():
        (place.folder / name).write_bytes(content)
        got, said = run(place, "fido", "import", name, "--root", "root.pem", "--reason", "test")
        assert (got, why in said) == (code, True), said
    assert json.loads(run(place, "fido", "list", "a", "--json")[1]) == []
    assert run(place, "fido", "show", str(BLUE))[0] == 1
    (place.folder / "good.jwt").write_bytes(good)
    code, said = run(place, "fido", "import", "good.jwt", "--root", "root.pem", "--reason", "test", "--json")
    assert (code, json.loads(said)["models"]) == (0, 1)
    older = blob(service, [], due=due, number=3)
    (place.folder / "older.jwt").write_bytes(older)
    code, said = run(place, "fido", "import", "older.jwt", "--root", "root.pem", "--reason", "test")
    assert code == 1 and "older than number 12" in said
    assert json.loads(run(place, "fido", "show", str(BLUE), "--json")[1])["name"] == "Blue Key 5"
