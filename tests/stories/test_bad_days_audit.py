"""The audit log is tampered with, or cannot be written: the first is found and named, the second stops changes.

Two verifiers agree: `gerege audit verify`, and `tools/audit_verify.py`, which shares no line with it, on the export.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import ROOT, Served, gerege, served

pytestmark = [pytest.mark.ci, pytest.mark.timeout(240)]
PASSWORD = "Correct-horse-battery-1"
PEOPLE = 3


@pytest.fixture
def house() -> Iterator[Served]:
    with served() as found:
        yield found


def database(house: Served) -> sqlite3.Connection:
    return sqlite3.connect(house.node.config.parent / "gerege.sqlite", timeout=10)


def a_day(house: Served) -> None:
    """A few people sign in, and all of it is sequenced and signed."""
    docs = house.party("docs")
    for number in range(PEOPLE):
        app = house.house.app_of(house.house.person(f"clerk{number}", PASSWORD))
        browser = house.browser().sign_in(docs.start("openid docs.read"), f"clerk{number}", PASSWORD, app)
        assert docs.redeem(browser).status_code == 200
    sequenced(house)


def sequenced(house: Served) -> None:
    until = time.monotonic() + 15
    while any(row.seq is None for row in house.house.idp.ports.truth.audit.search(limit=500)):
        assert time.monotonic() < until, "the log is not sequenced"
        time.sleep(0.05)
    time.sleep(0.3)  # the checkpoint of the last batch


def edited(db: sqlite3.Connection, last: int) -> tuple[str, int]:
    """A sign-in becomes somebody else's."""
    (seq, body) = db.execute(
        "SELECT seq, body FROM audit_event WHERE name = 'sign-in.succeeded' ORDER BY seq"
    ).fetchone()
    told = json.loads(body) | {"subject_id": "sub_nobody"}
    db.execute("UPDATE audit_event SET body = ? WHERE seq = ?", (json.dumps(told), seq))
    return "edited", seq


def deleted(db: sqlite3.Connection, last: int) -> tuple[str, int]:
    db.execute("DELETE FROM audit_event WHERE seq = ?", (last // 2,))
    return "removed", last // 2


def cut(db: sqlite3.Connection, last: int) -> tuple[str, int]:
    """The newest rows go; the checkpoints tell how many there were."""
    db.execute("DELETE FROM audit_event WHERE seq > ?", (last - 2,))
    return "truncated", last - 1


def cut_with_checkpoints(db: sqlite3.Connection, last: int) -> tuple[str, int]:
    """The newest rows go and every checkpoint that knew of them; the one outside the database tells."""
    db.execute("DELETE FROM audit_event WHERE seq > ?", (last - 2,))
    db.execute("DELETE FROM audit_checkpoint WHERE size > ?", (last - 2,))
    return "truncated", last - 1


@pytest.mark.parametrize("harm", [edited, deleted, cut, cut_with_checkpoints])
def test_tampering_is_found_and_named_by_both(
    house: Served, tmp_path: Path, harm: Callable[[sqlite3.Connection, int], tuple[str, int]]
) -> None:
    a_day(house)
    assert house.node.gerege("audit", "verify")["ok"] is True
    key = tmp_path / "log.vkey"
    key.write_text(house.node.gerege("audit", "vkey")["vkey"])  # taken while the log was whole, kept elsewhere
    outside = house.node.config.parent / "audit.checkpoint"
    assert offline(house, tmp_path / "whole", key, outside) == (0, set())
    assert house.node.stop() == 0
    with closing(database(house)) as db:
        (last,) = db.execute("SELECT max(seq) FROM audit_event").fetchone()
        kind, seq = harm(db, last)
        db.commit()

    report = house.node.gerege("audit", "verify", code=1)
    found = {(one["kind"], one["first"]) for one in report["findings"]}
    assert (kind, seq) in found, report
    assert str(seq) in report["message"]
    code, theirs = offline(house, tmp_path / "export", key, outside)
    assert code == 1
    assert (kind, seq) in theirs


def offline(house: Served, folder: Path, key: Path, outside: Path) -> tuple[int, set[tuple[str, int]]]:
    """What `tools/audit_verify.py` says of the export: exit status and findings."""
    house.node.gerege("audit", "export", str(folder))
    tool = (sys.executable, str(ROOT / "tools" / "audit_verify.py"), str(folder), "--vkey", str(key))
    answer = subprocess.run((*tool, "--outside", str(outside)), capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(answer.stdout)
    return answer.returncode, {(one["kind"], one["first"]) for one in report["findings"]}


def full(house: Served) -> Callable[[], None]:
    """No byte more can be written to any file of the database: what a full disk does, by the limit of file size."""
    sizes = [path.stat().st_size for path in house.node.config.parent.glob("gerege.sqlite*")]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in house.node.members()}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(sizes) // 2, hard))

    def mended() -> None:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    return mended


def locked(house: Served) -> Callable[[], None]:
    """Somebody else holds the right to write and does not let go."""
    db = database(house)
    db.isolation_level = None
    db.execute("BEGIN IMMEDIATE")

    def mended() -> None:
        db.execute("ROLLBACK")
        db.close()

    return mended


@pytest.mark.parametrize("harm", [full, locked])
def test_a_log_that_cannot_be_written_stops_sign_ins_and_changes(
    house: Served, harm: Callable[[Served], Callable[[], None]]
) -> None:
    people = house.house
    app = people.app_of(people.person("ada", PASSWORD))
    bob = people.app_of(people.person("bob", PASSWORD))
    docs = house.party("docs")
    ada = house.browser().sign_in(docs.start("openid docs.read"), "ada", PASSWORD, app)
    assert docs.redeem(ada).status_code == 200
    before = len(people.events("sign-in.succeeded"))

    mended = harm(house)
    try:
        new = house.browser().sign_in(docs.start("openid docs.read"), "bob", PASSWORD, bob)
        assert new.status == 503, (new.status, new.url)
        assert "<main" in new.page  # our page, with a reference code
        assert "code" not in new.query
        assert new.last is not None
        assert new.last.headers["Retry-After"]
        ada.get(docs.start("openid docs.read"))
        assert (ada.status, "code" in ada.query) == (503, False)
        assert house.node.get("/healthz")[0] == 200
        assert house.node.get("/readyz")[0] == 503
    finally:
        mended()
    until = time.monotonic() + 15
    while house.node.get("/readyz")[0] != 200:
        assert time.monotonic() < until, "it does not recover"
        time.sleep(0.1)
    assert len(people.events("sign-in.succeeded")) == before
    ada.get(docs.start("openid docs.read"))
    assert "code" in ada.query
    sequenced(house)
    assert house.node.gerege("audit", "verify")["ok"] is True


def test_the_doctor_names_the_damage(house: Served) -> None:
    a_day(house)
    with closing(database(house)) as db:
        (last,) = db.execute("SELECT max(seq) FROM audit_event").fetchone()
        _, seq = deleted(db, last)
        db.commit()
    answer = gerege(house.node.config, "doctor")
    red = [one for one in json.loads(answer.stdout)["checks"] if one["state"] == "fail"]
    assert answer.returncode == 1
    assert any(one["check"] == "audit log" and str(seq) in one["told"] and one["fix"] for one in red), red
