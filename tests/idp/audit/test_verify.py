"""Every way to damage a log is found and named, by the product and by the offline tool alike."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.audit import bundle
from idp.audit.findings import MAX_PER_KIND, Kind
from idp.audit.leaf import Row, canonical, content_hash, leaf_bytes, leaf_hash
from idp.audit.log import StoredCheckpoint, append, seal
from idp.audit.tree import EMPTY_ROOT, Frontier
from idp.audit.verify import verify

TOOL = Path(__file__).parents[3] / "tools" / "audit_verify.py"
BATCHES = (4, 4, 1, 7)  # checkpoints after rows 4, 8, 9 and 16
_spec = importlib.util.spec_from_file_location("audit_verify", TOOL)
assert _spec and _spec.loader
tool = importlib.util.module_from_spec(_spec)
sys.modules["audit_verify"] = tool
_spec.loader.exec_module(tool)
Named = list[tuple[str, int | None, int | None]]


def named(log: Any, outside: tuple[str, ...] = (), **how: Any) -> Named:
    report = verify(log.rows, log.checkpoints, log.vkey, outside, **how)
    assert report.ok == (not report.findings)
    assert all(str(finding) for finding in report.findings)
    return [(str(f.kind), f.first, f.last) for f in report.findings]


def by_tool(folder: Path, log: Any, outside: tuple[str, ...] = (), *more: str) -> tuple[int, dict[str, Any]]:
    (folder / "rows.jsonl").write_text("".join(map(bundle.row_line, log.rows)))
    (folder / "checkpoints.jsonl").write_text("".join(map(bundle.checkpoint_line, log.checkpoints)))
    (folder / "vkey").write_text(log.vkey)
    notes = [folder / f"outside{number}" for number, _ in enumerate(outside)]
    for note, text in zip(notes, outside, strict=True):
        note.write_text(text)
    asked = [word for note in notes for word in ("--outside", str(note))]
    command = [sys.executable, "-I", str(TOOL), str(folder), "--vkey", str(folder / "vkey"), *asked, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def rehashed(row: Row, **changes: Any) -> Row:
    """A row changed by someone who recomputes the leaf hash."""
    row = replace(row, **changes)
    return replace(row, leaf_hash=leaf_hash(leaf_bytes(row.seq, row.at, row.name, row.body)))


def edit_body(log: Any) -> None:
    log.rows[5] = replace(log.rows[5], body=log.rows[5].body.replace("signed in", "signed out"))


def edit_space(log: Any) -> None:
    log.rows[5] = replace(log.rows[5], body=log.rows[5].body.replace(":", ": ", 1))


def edit_name(log: Any) -> None:
    log.rows[5] = replace(log.rows[5], name="sign_in.failed")


def back_date(log: Any) -> None:
    log.rows[5] = replace(log.rows[5], at=log.rows[0].at)


def edit_leaf_hash(log: Any) -> None:
    log.rows[5] = replace(log.rows[5], leaf_hash=bytes(32))


def empty_leaf_hash(log: Any) -> None:
    log.rows[5] = replace(log.rows[5], leaf_hash=b"")


def edit_all_ways(log: Any) -> None:
    edit_body(log)
    log.rows[6] = replace(log.rows[6], leaf_hash=bytes(32))
    log.rows[14] = replace(log.rows[14], body="{}")


def edit_both(log: Any) -> None:
    log.rows[5] = rehashed(log.rows[5], body="{}")


def edit_both_alone(log: Any) -> None:
    log.rows[8] = rehashed(log.rows[8], body="{}")


def edit_both_twice(log: Any) -> None:
    log.rows[1] = rehashed(log.rows[1], body="{}")
    log.rows[12] = rehashed(log.rows[12], body="{}")


def back_date_both(log: Any) -> None:
    log.rows[8] = rehashed(log.rows[8], at=log.rows[0].at)


def drop(log: Any) -> None:
    del log.rows[5]


def drop_a_stretch(log: Any) -> None:
    del log.rows[2:9]


def drop_first(log: Any) -> None:
    del log.rows[0]


def drop_and_renumber(log: Any) -> None:
    del log.rows[5]
    log.rows[5:] = [replace(row, seq=row.seq - 1) for row in log.rows[5:]]


def drop_and_renumber_rehashed(log: Any) -> None:
    del log.rows[5]
    log.rows[5:] = [rehashed(row, seq=row.seq - 1) for row in log.rows[5:]]


def swap_numbers(log: Any) -> None:
    two, six = log.rows[1], log.rows[5]
    log.rows[1], log.rows[5] = replace(six, seq=two.seq), replace(two, seq=six.seq)


def swap_contents(log: Any) -> None:
    two, six = log.rows[1], log.rows[5]
    log.rows[1] = replace(two, at=six.at, name=six.name, body=six.body)
    log.rows[5] = replace(six, at=two.at, name=two.name, body=two.body)


def swap_rehashed(log: Any) -> None:
    two, three = log.rows[1], log.rows[2]
    log.rows[1], log.rows[2] = rehashed(three, seq=two.seq), rehashed(two, seq=three.seq)


def swap_in_the_stream(log: Any) -> None:
    log.rows[5], log.rows[6] = log.rows[6], log.rows[5]


def say_twice(log: Any) -> None:
    log.rows.insert(6, log.rows[5])


def truncate(log: Any) -> None:
    del log.rows[10:]


def truncate_with_checkpoints(log: Any) -> None:
    del log.rows[9:]
    del log.checkpoints[3:]


def empty(log: Any) -> None:
    log.rows.clear()


def add_a_row(log: Any) -> None:
    log.rows.append(rehashed(log.rows[-1], seq=17, body="{}"))


def forge_size(log: Any) -> None:
    last = log.checkpoints[3]
    log.checkpoints[3] = replace(last, note=last.note.replace("\n16\n", "\n15\n"))


def forge_garbage(log: Any) -> None:
    log.checkpoints[1] = StoredCheckpoint("nothing")


def forge_frontier(log: Any) -> None:
    log.checkpoints[1] = replace(log.checkpoints[1], frontier=log.checkpoints[0].frontier)


def disorder_checkpoints(log: Any) -> None:
    log.checkpoints[0], log.checkpoints[1] = log.checkpoints[1], log.checkpoints[0]


def forget_frontiers(log: Any) -> None:
    edit_both(log)
    log.checkpoints[:] = [replace(one, frontier=b"") for one in log.checkpoints]


def one_body(log: Any, at: int, random: Any) -> None:
    log.rows[at] = replace(log.rows[at], body="{}")


def one_leaf(log: Any, at: int, random: Any) -> None:
    log.rows[at] = replace(log.rows[at], leaf_hash=random.randbytes(32))


def one_both(log: Any, at: int, random: Any) -> None:
    log.rows[at] = rehashed(log.rows[at], body=f"{{{at}}}")


def one_gone(log: Any, at: int, random: Any) -> None:
    del log.rows[at]


def one_moved(log: Any, at: int, random: Any) -> None:
    log.rows.insert(random.randrange(len(log.rows)), log.rows.pop(at))


def one_numbered(log: Any, at: int, random: Any) -> None:
    log.rows[at] = replace(log.rows[at], seq=random.randint(-2, 40))


def the_end_gone(log: Any, at: int, random: Any) -> None:
    del log.rows[at + 1 :]


def back_in_time(log: Any, at: int, random: Any) -> None:
    log.rows[at] = rehashed(log.rows[at], at="2020-01-01T00:00:00.000000Z")


MIXTURE = [one_body, one_leaf, one_both, one_gone, one_moved, one_numbered, the_end_gone, back_in_time]

DAMAGE: list[tuple[Callable[[Any], None], Named]] = [
    (edit_body, [("edited", 6, 6)]),
    (edit_space, [("edited", 6, 6)]),
    (edit_name, [("edited", 6, 6)]),
    (back_date, [("edited", 6, 6)]),
    (edit_leaf_hash, [("leaf_hash_edited", 6, 6)]),
    (empty_leaf_hash, [("leaf_hash_edited", 6, 6)]),
    (edit_all_ways, [("unproven", 5, 8), ("edited", 6, 6), ("edited", 7, 7), ("edited", 15, 15)]),
    (edit_both, [("rewritten", 5, 8)]),  # the batch; the frontier at 8 is a single peak over rows 1 to 8
    (edit_both_alone, [("rewritten", 9, 9)]),  # a batch of one: the row
    (edit_both_twice, [("rewritten", 1, 4), ("rewritten", 10, 16)]),
    (back_date_both, [("clock_backwards", 9, 9), ("rewritten", 9, 9)]),
    (drop, [("unproven", 5, 8), ("removed", 6, 6)]),
    (drop_a_stretch, [("unproven", 1, 9), ("removed", 3, 9)]),
    (drop_first, [("removed", 1, 1), ("unproven", 1, 4)]),
    (swap_numbers, [("unproven", 1, 8), ("reordered", 2, 2), ("reordered", 6, 6)]),
    (swap_contents, [("reordered", 2, 2), ("reordered", 6, 6)]),
    (swap_rehashed, [("rewritten", 1, 4)]),
    (swap_in_the_stream, [("unproven", 5, 8), ("removed", 6, 6), ("reordered", 6, 6)]),
    (say_twice, [("reordered", 6, 6)]),
    (truncate, [("unproven", 10, 10), ("truncated", 11, 16)]),
    (empty, [("truncated", 1, 16)]),
    (add_a_row, [("unsealed", 17, 17)]),
    (forge_size, [("unsealed", 10, 16), ("checkpoint_forged", None, None)]),
    (forge_garbage, [("checkpoint_forged", None, None)]),
    (forge_frontier, [("frontier_edited", 8, 8)]),
    (disorder_checkpoints, [("checkpoint_reordered", 4, 4)]),
    (forget_frontiers, [("rewritten", 5, 8), ("unproven", 9, 16)]),
]


def test_a_good_log_is_good(write: Any, tmp_path: Path) -> None:
    log = write(BATCHES)
    report = verify(iter(log.rows), iter(log.checkpoints), log.vkey, [log.last_note, log.checkpoints[0].note])
    assert report.ok and not report.findings
    assert (report.rows, report.size) == (16, 16)
    frontier = Frontier()
    for row in log.rows:
        frontier.append(row.leaf_hash)
    assert report.root == frontier.root()
    code, told = by_tool(tmp_path, log, (log.last_note,))
    assert (code, told["ok"], told["rows"], told["size"]) == (0, True, 16, 16)


def test_bare_notes_do_as_checkpoints(write: Any) -> None:
    log = write(BATCHES)
    assert verify(log.rows, [stored.note for stored in log.checkpoints], log.vkey).ok


def test_a_new_log_is_good(write: Any, tmp_path: Path) -> None:
    for log in (write(()), write((0,))):
        report = verify(log.rows, log.checkpoints, log.vkey)
        assert (report.ok, report.rows, report.size, report.root) == (True, 0, 0, EMPTY_ROOT)
        assert by_tool(tmp_path, log)[0] == 0


@pytest.mark.parametrize(("damage", "expected"), DAMAGE, ids=lambda value: getattr(value, "__name__", ""))
def test_damage_is_named(write: Any, tmp_path: Path, damage: Callable[[Any], None], expected: Named) -> None:
    log = write(BATCHES)
    damage(log)
    assert named(log, (write(BATCHES).last_note,) if damage is not forge_size else ()) == expected
    code, told = by_tool(tmp_path, log, (write(BATCHES).last_note,) if damage is not forge_size else ())
    assert code == 1
    assert [(f["kind"], f["first"], f["last"]) for f in told["findings"]] == expected


def test_renumbering_after_a_drop(write: Any, tmp_path: Path) -> None:
    log = write(BATCHES)
    drop_and_renumber(log)
    found = named(log)
    assert [one for one in found if one[0] == "reordered"] == [("reordered", n, n) for n in range(6, 15)]
    assert ("edited", 15, 15) in found
    assert ("truncated", 16, 16) in found
    log = write(BATCHES)
    drop_and_renumber_rehashed(log)
    assert named(log)[0] == ("rewritten", 5, 9)
    assert ("truncated", 16, 16) in named(log)
    assert by_tool(tmp_path, log)[0] == 1


def test_a_moved_row_says_where_it_came_from(write: Any) -> None:
    log = write(BATCHES)
    swap_contents(log)
    assert "recorded as row 6" in verify(log.rows, log.checkpoints, log.vkey).findings[0].message


def test_only_the_outside_sees_the_end_cut_off_together_with_its_checkpoints(write: Any, tmp_path: Path) -> None:
    log = write(BATCHES)
    outside = (log.last_note,)
    truncate_with_checkpoints(log)
    assert named(log) == []  # nothing inside can tell; so one checkpoint is kept outside:
    assert named(log, outside) == [("truncated", 10, 16), ("checkpoint_missing", 16, 16)]
    code, told = by_tool(tmp_path, log, outside)
    assert code == 1
    assert [f["kind"] for f in told["findings"]] == ["truncated", "checkpoint_missing"]


def test_history_written_anew_with_the_stolen_key(write: Any, tmp_path: Path) -> None:
    outside = (write(BATCHES).last_note,)
    fork = write(BATCHES, story="nothing happened")
    assert named(fork) == []
    assert named(fork, outside) == [("fork", 16, 16)]
    assert by_tool(tmp_path, fork, outside)[1]["findings"][0]["kind"] == "fork"


def test_history_written_anew_with_another_key(write: Any, tmp_path: Path) -> None:
    true, fork = write(BATCHES), write(BATCHES, seed=2, story="nothing happened")
    fork.key = true.key
    assert named(fork) == [("unsealed", 1, 16), *[("checkpoint_forged", None, None)] * 4]
    assert by_tool(tmp_path, fork)[0] == 1
    mixed = named(fork, (true.last_note,))
    assert ("rewritten", 1, 16) in mixed and ("checkpoint_missing", 16, 16) in mixed


def test_two_signed_checkpoints_of_one_size(write: Any) -> None:
    log = write(BATCHES)
    log.checkpoints.insert(2, write(BATCHES, story="other").checkpoints[1])
    assert ("fork", 8, 8) in named(log)


def test_a_forged_note_outside_is_named(write: Any) -> None:
    log = write(BATCHES)
    assert named(log, (log.last_note.replace("16", "15", 1),)) == [("checkpoint_forged", None, None)]


def test_a_rewritten_row_is_narrowed_by_the_frontier(write: Any) -> None:
    log = write((8, 3))  # the frontier at 11: rows 1 to 8, 9 to 10, 11
    for row, expected in ((8, (9, 10)), (10, (11, 11))):
        copy = write((8, 3))
        copy.rows[row] = rehashed(copy.rows[row], body="{}")
        assert named(copy) == [("rewritten", *expected)]
    assert named(log) == []


def test_an_open_tail_only_as_long_as_was_said(write: Any, tmp_path: Path) -> None:
    log = write(BATCHES)
    del log.checkpoints[3]
    assert named(log) == [("unsealed", 10, 16)]
    assert named(log, open_tail=7) == []
    assert named(log, open_tail=6) == [("unsealed", 10, 16)]
    assert by_tool(tmp_path, log, (), "--open-tail", "7")[0] == 0


def test_clocks_that_go_back(write: Any, tmp_path: Path) -> None:
    log, frontier = write(()), Frontier()
    start = write((1,)).rows[0].at
    at = datetime.fromisoformat(start)
    for seconds in (10, 9, 5, 6, 20, 3):
        log.rows.append(append(frontier, at + timedelta(seconds=seconds), "x", canonical({})))
    log.checkpoints.append(seal(frontier, log.key, log.private.sign))
    assert named(log) == [("clock_backwards", 3, 4), ("clock_backwards", 6, 6)]
    assert named(log, clock_tolerance=timedelta(0)) == [("clock_backwards", 2, 4), ("clock_backwards", 6, 6)]
    assert named(log, clock_tolerance=timedelta(minutes=1)) == []
    assert [f["first"] for f in by_tool(tmp_path, log)[1]["findings"]] == [3, 6]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_changed_byte_of_any_row_goes_unseen(write: Any, data: st.DataObject) -> None:
    log = write(BATCHES)
    at = data.draw(st.integers(0, 15))
    row = log.rows[at]
    column = data.draw(st.sampled_from(["at", "name", "body", "leaf_hash", "seq"]))
    value = getattr(row, column)
    if column == "seq":
        changed = data.draw(st.integers(-5, 2**63).filter(lambda seq: seq != value))
    else:
        cut = data.draw(st.integers(0, len(value) - 1))
        other = data.draw(st.binary(max_size=2) if column == "leaf_hash" else st.text(max_size=2))
        changed = value[:cut] + other + value[cut + 1 :]
    if changed == value:
        return
    damaged = replace(row, **{column: changed})
    if column not in ("leaf_hash", "seq") and data.draw(st.booleans()) and content_hash(damaged):
        damaged = replace(damaged, leaf_hash=content_hash(damaged))
    log.rows[at] = damaged
    report = verify(log.rows, log.checkpoints, log.vkey)
    assert not report.ok
    rows = [f for f in report.findings if f.first is not None and f.last is not None]
    assert any(f.first <= at + 1 <= f.last for f in rows if f.first is not None and f.last is not None)


def test_findings_are_bounded_and_counted(write: Any) -> None:
    log = write((3000,))
    log.rows[:] = [replace(row, name="x") for row in log.rows]
    report = verify(log.rows, log.checkpoints, log.vkey)
    assert len([f for f in report.findings if f.kind == Kind.EDITED]) == MAX_PER_KIND
    assert report.omitted == 2000


def test_rows_are_not_held(write: Any) -> None:
    """Row objects alive at once while verifying: the stream's and no more."""
    import weakref

    class Watched(Row):
        __slots__ = ("__weakref__",)

    alive: weakref.WeakSet[Row] = weakref.WeakSet()
    most = 0
    log = write((250,) * 8)

    def stream() -> Iterator[Row]:
        nonlocal most
        for row in log.rows:
            watched = Watched(row.seq, row.at, row.name, row.body, row.leaf_hash)
            alive.add(watched)
            most = max(most, len(alive))
            yield watched

    assert verify(stream(), log.checkpoints, log.vkey).ok
    assert most <= 3


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(st.integers(1, 5), min_size=1, max_size=6), seed=st.randoms(use_true_random=False))
def test_the_tool_agrees_on_any_mixture_of_damage(write: Any, tmp_path: Path, batches: list[int], seed: Any) -> None:
    log = write(tuple(batches))
    outside = (log.last_note,) if seed.random() < 0.5 else ()
    for _ in range(seed.randint(1, 4)):
        if log.rows:
            MIXTURE[seed.randrange(len(MIXTURE))](log, seed.randrange(len(log.rows)), seed)
    if seed.random() < 0.3:
        del log.checkpoints[seed.randrange(len(log.checkpoints))]
    if seed.random() < 0.3:
        log.checkpoints[:] = [replace(one, frontier=b"") for one in log.checkpoints]
    (tmp_path / "rows.jsonl").write_text("".join(map(bundle.row_line, log.rows)))
    (tmp_path / "checkpoints.jsonl").write_text("".join(map(bundle.checkpoint_line, log.checkpoints)))
    (tmp_path / "vkey").write_text(log.vkey)
    (tmp_path / "outside").write_text("".join(outside))
    notes = [tmp_path / "outside"] if outside else []
    told = tool.check(tmp_path, tmp_path / "vkey", notes, 0, timedelta(seconds=2))
    assert [(f["kind"], f["first"], f["last"]) for f in told["findings"]] == named(log, outside)


def test_no_key_is_an_error_not_a_pass(write: Any) -> None:
    for vkey in ("", "nonsense"):
        with pytest.raises(ValueError, match="vkey"):
            verify([], [], vkey)


def test_retired_keys_still_verify_old_checkpoints(write: Any) -> None:
    log = write((4, 4))
    new = write((4, 4), seed=2)
    log.checkpoints[1] = new.checkpoints[1]
    assert verify(log.rows, log.checkpoints, f"{new.vkey}\n{log.vkey}\n").ok
    assert not verify(log.rows, log.checkpoints, log.vkey).ok


def test_the_tool_says_what_it_cannot_read(write: Any, tmp_path: Path) -> None:
    log = write(BATCHES)
    by_tool(tmp_path, log)
    for file, text in (("rows.jsonl", "{}\n"), ("rows.jsonl", "x\n"), ("rows.jsonl", "[" * 100_000), ("vkey", "x")):
        before = (tmp_path / file).read_text()
        (tmp_path / file).write_text(text)
        command = [sys.executable, "-I", str(TOOL), str(tmp_path), "--vkey", str(tmp_path / "vkey")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (2, "")
        assert json.loads(done.stdout)["error"]
        (tmp_path / file).write_text(before)


def test_the_tool_needs_nothing_of_the_product() -> None:
    imports = [line for line in TOOL.read_text().splitlines() if line.startswith(("import ", "from "))]
    outside_stdlib = [line for line in imports if line.split()[1].split(".")[0] not in sys.stdlib_module_names]
    assert all(line.split()[1].split(".")[0] == "cryptography" for line in outside_stdlib)
