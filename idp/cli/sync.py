"""`gerege sync`: read whole directories now, look what would change, see how it stands, decide about mass changes."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from idp.cli.terminal import EXIT_CODES, REFUSED, UNAVAILABLE, Terminal, WrongInput, columns, verb
from idp.errors import Conflict, Unavailable
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.flows.sync import decisions, rounds, told
from idp.flows.sync.lead import AT_ONCE
from idp.flows.sync.preview import Foreseen, Preview
from idp.flows.sync.side_by_side import SideBySide
from idp.flows.sync.told import Kept, Stand
from idp.model import Department, SyncRun

MOST_TOLD = 40
"""Lines of people on a terminal; --json has them all."""
EVERYBODY = 10_000_000
LEAVES_OUT = "now"


class WithoutVerb(click.Group):
    """Whoever names departments, or nothing, means `now`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [LEAVES_OUT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=WithoutVerb, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
def sync() -> None:
    """Whole directories. `gerege sync mof` reads one now; the verb `now` may be left out."""


@sync.command(epilog=EXIT_CODES)
@click.argument("departments", nargs=-1, metavar="[DEPARTMENT]…")
@click.option("--full", is_flag=True, help="Everybody, even where asking for what is new would do.")
@click.option("--dry-run", is_flag=True, help="Tell what would change, and why each membership maps or does not.")
@verb
def now(terminal: Terminal, departments: tuple[str, ...], full: bool, dry_run: bool) -> None:
    """Read the directories of these departments now; without one, all of them."""
    with terminal.open() as idp:
        named = [told.department_of(idp, OPERATOR, one) for one in departments]
        asked = named or [one.department for one in told.stands(idp, OPERATOR)]
        if dry_run:
            looked = {one.id: told.foreseen(idp, OPERATOR, one.id, idp.ports.now()) for one in asked}
            words = [line for name, found in looked.items() for line in _preview_words(name, found)]
            terminal.say("\n".join(words) or "no directory", [_preview_facts(*one) for one in looked.items()])
            return
        done, wrong = _read(terminal, idp, asked, full=full)
    facts = [_facts(one) for one in done] + [{"department": name, "state": "failed", **why} for name, why in wrong]
    lines = [_line(one) for one in done] + [f"{name}: {why['detail']}" for name, why in wrong]
    if wrong or any(one.state in ("failed", "held") for one in done):
        away = all(why["error"] == "unavailable" for _, why in wrong) and not done and wrong
        terminal.fail(UNAVAILABLE if away else REFUSED, "\n".join(lines), "sync", rounds=facts)
    terminal.say("\n".join(lines) or "no directory", facts)


@sync.command(epilog=EXIT_CODES)
@click.argument("department", required=False)
@verb
def status(terminal: Terminal, department: str | None) -> None:
    """How reading stands everywhere; of one DEPARTMENT its past, and whom the guard keeps."""
    with terminal.open() as idp:
        if department is None:
            found = told.stands(idp, OPERATOR)
            rows = [_stand_row(terminal, idp, one) for one in found]
            head = ("DEPARTMENT", "NAME", "PEOPLE", "STATE", "READ", "ROUND")
            terminal.say(columns(rows, head), [_stand_facts(one) for one in found])
            return
        one, past = told.stand(idp, OPERATOR, department), told.past(idp, OPERATOR, department)
        kept = told.kept(idp, OPERATOR, one.asked, EVERYBODY) if one.asked else ()
    lines = [_line(run) for run in past] + _kept_words(terminal, one, kept)
    names = [
        {"subject": each.losing.subject_id, "name": _name(terminal, each), "what": each.losing.what} for each in kept
    ]
    terminal.say("\n".join(lines) or f"{department} was never read", _stand_facts(one) | {
        "rounds": [_facts(run) for run in past], "held": names,
    })  # fmt: skip


@sync.command(epilog=EXIT_CODES)
@click.argument("run")
@click.option("--release", is_flag=True, help="They lose it after all, at the next round.")
@click.option("--refuse", is_flag=True, help="They stay as they are.")
@click.option("--reason", required=True, help="Why; kept in the log.")
@verb
def decide(terminal: Terminal, run: str, release: bool, refuse: bool, reason: str) -> None:
    """Decide the round RUN that the mass-change guard holds: by --release or by --refuse."""
    if release == refuse:
        raise WrongInput("say either --release or --refuse")
    with terminal.open() as idp:
        done = decisions.decide(idp, OPERATOR, run, release=release, reason=reason, now=idp.ports.now())
    after = "the next round ends those who still lose it" if release else "they stay as they are"
    terminal.say(f"{done.id} is {done.state}: {after}", _facts(done))


Wrong = list[tuple[str, dict[str, str]]]


def _read(terminal: Terminal, idp: Idp, asked: list[Department], *, full: bool) -> tuple[list[SyncRun], Wrong]:
    """Side by side, as the server does, with a bar for each where somebody looks."""
    together: SideBySide[SyncRun] = SideBySide("sync", AT_ONCE)
    holder, done, wrong = idp.id("syncer"), list[SyncRun](), Wrong()
    with _bars(terminal, idp, asked) as bars:
        begun: dict[str, Future[SyncRun] | None] = {}
        for one in asked:
            work = partial(rounds.run, idp, one, holder, full=full, told=bars[one.id])
            begun[one.id] = together.begin(one.id, work)
        for name, future in begun.items():
            try:
                done += [future.result()] if future else []
            except (Conflict, Unavailable) as error:
                wrong.append((name, {"error": error.code, "detail": error.detail or str(error)}))
    return done, wrong


@contextmanager
def _bars(terminal: Terminal, idp: Idp, asked: list[Department]) -> Iterator[Mapping[str, Callable[[SyncRun], None]]]:
    """By department, what hears of each beat. On the terminal's second stream; none where a program reads."""
    console = Console(stderr=True)
    seen = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    seen.disable = terminal.as_json or not console.is_terminal
    with seen:
        counted = {one.id: idp.ports.truth.links.count(one.id) or None for one in asked}
        names = {one.id: one.name.in_language(terminal.language) for one in asked}
        tasks = {name: seen.add_task(names[name], total=people) for name, people in counted.items()}

        def heard(name: str, run: SyncRun) -> None:
            read = run.counts.get("read", 0)
            total = read if run.state != "running" else max(counted[name] or 0, read) or None
            seen.update(tasks[name], completed=read, total=total)

        yield {name: partial(heard, name) for name in tasks}


def _line(run: SyncRun) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in run.counts.items() if count)
    held = f"; {len({one.subject_id for one in run.held})} held: gerege sync decide {run.id}" if _asks(run) else ""
    why = f": {run.detail}" if run.detail else ""
    return f"{run.department_id}  {run.started_at:%Y-%m-%d %H:%M:%S}  {run.kind} {run.state}{why}  {counts}{held}"


def _asks(run: SyncRun) -> bool:
    return run.state == "held"


def _facts(run: SyncRun) -> dict[str, object]:
    return {
        "run": run.id,
        "department": run.department_id,
        "kind": run.kind,
        "state": run.state,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "counts": run.counts,
        "detail": run.detail,
        "held": len({one.subject_id for one in run.held}),
        "decided_by": run.decided_by,
    }


def _stand_row(terminal: Terminal, idp: Idp, one: Stand) -> tuple[str, ...]:
    name, last = one.department.name.in_language(terminal.language), one.last
    if last is None:
        return (one.department.id, name, str(one.people), "never read", "-", "-")
    age = idp.ports.now() - last.beat_at
    state = "held" if one.asked else last.state
    return (one.department.id, name, str(one.people), state, f"{age.total_seconds() // 60:.0f} min ago", last.id)


def _stand_facts(one: Stand) -> dict[str, object]:
    return {
        "department": one.department.id,
        "people": one.people,
        "last": _facts(one.last) if one.last else None,
        "asked": one.asked.id if one.asked else None,
    }


def _name(terminal: Terminal, one: Kept) -> str:
    return one.subject.display_name.in_language(terminal.language) if one.subject else one.losing.subject_id


def _kept_words(terminal: Terminal, one: Stand, kept: tuple[Kept, ...]) -> list[str]:
    if one.asked is None:
        return []
    words = [f"held in {one.asked.id}; nobody of these has lost anything:"]
    words += [f"  {each.losing.what:<24}{_name(terminal, each)}" for each in kept[:MOST_TOLD]]
    return words + ([f"  … {len(kept)} in all; --json tells each"] if len(kept) > MOST_TOLD else [])


def _preview_words(name: str, found: Preview) -> list[str]:
    counts = ", ".join(f"{what} {count}" for what, count in found.counts.items() if count)
    words = [f"{name}: {counts or 'nobody'}"]
    words += [f"  {one.what:<9}{one.name}{_roles(one)}" for one in found.people[:MOST_TOLD]]
    if len(found.people) > MOST_TOLD:
        words.append(f"  … {len(found.people)} people in all; --json tells each")
    if found.held:
        words.append(f"  the guard would hold {len({one.subject_id for one in found.held})} of them")
    words += [f"  group {group}: {why} for {count}" for (group, why), count in sorted(found.reasons.items())]
    return words


def _roles(one: Foreseen) -> str:
    return "".join([f" +{role}" for role in one.given] + [f" -{role}" for role in one.taken])


def _preview_facts(name: str, found: Preview) -> dict[str, object]:
    people = [
        {
            "what": one.what,
            "stable_id": one.stable_id,
            "name": one.name,
            "subject": one.subject_id,
            "given": one.given,
            "taken": one.taken,
            "groups": one.groups,
        }
        for one in found.people
    ]
    reasons = [{"group": group, "why": why, "people": count} for (group, why), count in sorted(found.reasons.items())]
    held = [{"subject": one.subject_id, "what": one.what} for one in found.held]
    return {
        "department": name,
        "dry_run": True,
        "counts": found.counts,
        "people": people,
        "reasons": reasons,
        "held": held,
    }
