"""What the demonstration writes and prints: settings, secrets, registrations, the sign, codes."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.plan import load_plan
from config.load import load, proxy_networks
from demo import furnish, otp, settings
from demo.__main__ import main
from demo.doors import Doors
from demo.sign import Person, sign

DOORS = Doors(8100, 8101, 8102)


def test_the_server_reads_our_settings(tmp_path: Path) -> None:
    path = tmp_path / "gerege.toml"
    path.write_text(settings.toml(tmp_path, DOORS))
    read = load(path, environment={})
    assert read.mode == "demonstration"
    assert read.server.issuer == "http://localhost:8100"
    assert read.server.listen == f"unix:{tmp_path}/server.sock"
    assert proxy_networks(read) == (True, ())
    assert read.departments_dir == tmp_path / "departments"
    assert read.outgoing.resolve["docs.localhost"] == "127.0.0.1"
    assert set(tomllib.loads(path.read_text())["risk"]["zones"]) == {"office"}


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    furnish.secrets(tmp_path)
    first = furnish.secret_file(tmp_path, "payroll.client").read_text()
    assert len(first) >= 43  # 256 bits in base64url
    assert first != furnish.secret_file(tmp_path, "docs.client").read_text()
    furnish.secrets(tmp_path)
    assert furnish.secret_file(tmp_path, "payroll.client").read_text() == first
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())


def test_the_plan_is_written_at_its_doors_and_its_secrets_stand_elsewhere(tmp_path: Path) -> None:
    furnish.secrets(tmp_path)
    payroll, docs = load_plan([furnish.write_plan(tmp_path, DOORS)], {}).plan.clients
    assert payroll.client.redirect_uris == ("http://payroll.localhost:8101/callback",)
    assert docs.client.home_url == "http://docs.localhost:8102/"
    assert payroll.secret is not None
    assert payroll.secret.reveal() == furnish.secret_file(tmp_path, "payroll.client").read_text()
    assert [app.client_id for app in furnish.applications(DOORS)] == [payroll.client.id, docs.client.id]


def test_an_administrators_changes_outlive_a_change_of_ports(tmp_path: Path) -> None:
    furnish.secrets(tmp_path)
    before, after = (load_plan([furnish.write_plan(tmp_path, d)], {}).plan.clients[0].client for d in (Doors(), DOORS))
    held = replace(before, disabled=True, grade=4)
    moved = furnish.at_home(held, after)
    assert (moved.disabled, moved.grade, moved.redirect_uris) == (True, 4, after.redirect_uris)


def test_the_sign_names_addresses_people_and_what_is_different() -> None:
    people = (Person("alice@mof.example", "Demo-alice-1", "clerk", "KX7-22P"), Person("b@c.example", "x", "teacher"))
    text = sign(DOORS, people, 6.14, ("Port 8000 is taken: gerege is at 8100.",))
    lines = text.splitlines()
    assert lines[0].startswith("  Gerege    http://localhost:8100")
    assert "ready in 6.1 s" in lines[0]
    assert "http://payroll.localhost:8101" in lines[1]
    assert "alice@mof.example / Demo-alice-1" in text
    assert "enrolment code KX7-22P" in text
    assert text.count("enrolment code") == 1
    assert "Port 8000 is taken" in text
    assert "Note" not in sign(DOORS, people, 1)


def test_a_kept_seed_gives_the_code_of_the_moment(tmp_path: Path) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    otp.keep(tmp_path, "alice@mof.example", secret)
    assert otp.code(tmp_path, "alice", datetime.fromtimestamp(59, UTC)) == "287082"  # RFC 6238 appendix B, last six
    assert otp.secret_file(tmp_path, "alice").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("person", ["../../etc/passwd", "", ".hidden", "a/b", "@"])
def test_a_name_is_never_a_path(tmp_path: Path, person: str) -> None:
    with pytest.raises(otp.NoSeed):
        otp.code(tmp_path, person, datetime.now(UTC))


def test_verbs_without_their_words_say_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["otp", ""]) == 2
    assert "PERSON=alice" in capsys.readouterr().out
    assert main(["travel", "alice", ""]) == 2
    assert "COUNTRY=SG" in capsys.readouterr().out
    assert main(["dance"]) == 2
    assert "usage" in capsys.readouterr().out
