"""An attack on the evidence: somebody with the database edits a row of the audit log. On a copy; the real one stays."""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from demo.command_line import Refused, gerege
from demo.story_house import House

DATABASE, CHECKPOINT, SETTINGS = "gerege.sqlite", "audit.checkpoint", "gerege.toml"


def edited_row(house: House) -> None:
    """`gerege audit verify` names the row, with only the database and the signed checkpoint."""
    told = house.told
    folder = Path(tempfile.mkdtemp(prefix="copy-", dir=house.state_dir))
    try:
        copied(house.state_dir, folder)
        before = verified(folder)
        rows = before.get("rows", 0)
        told.holds(f"a copy of the log is whole: {rows} rows", before.get("ok") is True and rows > 0, before)
        seq, name, was, now = edit(folder / DATABASE)
        told.says(f"UPDATE audit_event … WHERE seq = {seq}: {name}, {was} becomes {now}; nothing else is touched.")
        after = verified(folder)
        named = [one for one in after.get("findings", []) if one["first"] <= seq <= one["last"]]
        told.holds(
            f"gerege audit verify fails: row {seq}: {named[0]['message'] if named else 'not named'}",
            after.get("ok") is False and bool(named),
            after,
        )
        alone = all(one["first"] == one["last"] == seq for one in named)
        told.holds("that row, and no other", alone and len(named) == len(after.get("findings", [])), after)
    finally:
        shutil.rmtree(folder)
    told.holds("the real log is whole", verified(house.state_dir).get("ok") is True, verified(house.state_dir))


def copied(state_dir: Path, folder: Path) -> None:
    """The database as it is at one moment, its checkpoint, and settings that name the copies."""
    shutil.copyfile(state_dir / CHECKPOINT, folder / CHECKPOINT)  # before the rows: the log may only have grown since
    with (
        closing(sqlite3.connect(f"file:{state_dir / DATABASE}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(folder / DATABASE)) as target,
    ):
        source.backup(target)
    settings = (state_dir / SETTINGS).read_text(encoding="utf-8")
    for name in (DATABASE, CHECKPOINT):
        settings = settings.replace(str(state_dir / name), str(folder / name))
    (folder / SETTINGS).write_text(settings, encoding="utf-8")


def edit(database: Path) -> tuple[int, str, str, str]:
    """Make one sign-in look as if it came from elsewhere. Returns (row, event, what was, what is).

    Raises:
        LookupError: there is no sign-in in the log.
    """
    with closing(sqlite3.connect(database)) as connection:
        wanted = "SELECT seq, name, body FROM audit_event WHERE name = 'sign-in.succeeded' ORDER BY seq DESC LIMIT 1"
        found = connection.execute(wanted).fetchone()
        if found is None:
            raise LookupError("the log holds no sign-in to edit")
        seq, name, body = int(found[0]), str(found[1]), json.loads(found[2])
        was, body["country"] = body.get("country"), "US"
        text = json.dumps(body, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        with connection:
            connection.execute("UPDATE audit_event SET body = ? WHERE seq = ?", (text, seq))
    return seq, name, f"country {was}", "country US"


def verified(folder: Path) -> dict[str, Any]:
    """The report of `gerege audit verify` about the log in this folder."""
    try:
        answer = gerege(folder, "audit", "verify")
    except Refused as refused:
        answer = refused.answer
    return answer if isinstance(answer, dict) else {"ok": None, "said": answer}
