"""`gerege apply`: a plan of departments, APIs, applications, agreements, issuers and people comes into force."""

import json
from pathlib import Path

import click

from adapters.plan import load_plan
from idp.cli.person import reason_option
from idp.cli.terminal import EXIT_CODES, REFUSED, Terminal, WrongInput, verb
from idp.flows.admin.apply import Comparison, Wishes, WrongPlan, compare
from idp.flows.admin.apply import apply as carry_out
from idp.flows.admin.difference import FieldChange
from idp.flows.admin.scope import OPERATOR
from idp.flows.admin.step import Step

SIGNS = {"added": "+", "changed": "~", "removed": "-"}
UNSAID = "by the operator"


@click.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--plan", "only_plan", is_flag=True, help="Show what would change, field by field; change nothing.")
@click.option("--check", is_flag=True, help="Like --plan, and end with 1 when anything differs from the plan.")
@click.option("--prune", is_flag=True, help="Remove what earlier plans brought and this one no longer names.")
@click.option("--restore", is_flag=True, help="Bring back applications of the plan that somebody removed.")
@reason_option
@verb
def apply(
    terminal: Terminal,
    files: tuple[Path, ...],
    only_plan: bool,
    check: bool,
    prune: bool,
    restore: bool,
    reason: str,
) -> None:
    """Make what FILES describe (together one plan) be in force, all of it or nothing; a second time nothing is done."""
    if prune and reason == UNSAID and not (only_plan or check):
        raise WrongInput("--prune takes things away from people: say why with --reason")
    loaded = load_plan(files)
    wishes = Wishes(prune=prune, restore=restore)
    with terminal.open() as idp:
        now = idp.ports.now()
        try:
            if only_plan or check:
                found = compare(idp, OPERATOR, loaded.plan, now, wishes)
            else:
                found = carry_out(idp, OPERATOR, loaded.plan, reason, now, wishes)
        except WrongPlan as wrong:
            raise loaded.wrong(wrong.problems) from wrong
    done = not (only_plan or check)
    if check and not found.is_clean:
        terminal.fail(REFUSED, _words(found, done), "drift", **_facts(found, done))
    terminal.say(_words(found, done), _facts(found, done))


def _words(found: Comparison, done: bool) -> str:
    lines = [line for step in found.steps for line in _told(step, done)]
    lines += [f"! {one}" for one in found.astray]
    if not found.steps:
        lines.append("Nothing to do.")
    elif done:
        lines.append(f"Done: {_count(found)}.")
    else:
        lines.append(f"Would do: {_count(found)}.")
    return "\n".join(lines)


def _told(step: Step, done: bool) -> list[str]:
    lines = [f"{SIGNS[step.what]} {step.kind} {step.about}"]
    lines += [f"    {_field(step, one)}" for one in step.fields]
    if done and step.secret is not None:
        lines.append(f"    {_secret_name(step)} {step.secret}   (shown only this once)")
    return lines


def _field(step: Step, one: FieldChange) -> str:
    if step.what == "added":
        return f"{one.field}: {_value(one.after)}"
    return f"{one.field}: {_value(one.before)} → {_value(one.after)}"


def _value(value: object) -> str:
    return "(nothing)" if value is None else json.dumps(value, ensure_ascii=False)


def _count(found: Comparison) -> str:
    kinds = [step.what for step in found.steps]
    return ", ".join(f"{kinds.count(what)} {what}" for what in SIGNS if what in kinds)


def _secret_name(step: Step) -> str:
    return "client_secret" if step.kind == "client" else "password"


def _facts(found: Comparison, done: bool) -> dict[str, object]:
    return {
        "applied": done,
        "changes": [
            {
                "kind": step.kind,
                "id": step.about,
                "what": step.what,
                "fields": [{"field": one.field, "before": one.before, "after": one.after} for one in step.fields],
                **({_secret_name(step): step.secret} if done and step.secret is not None else {}),
            }
            for step in found.steps
        ],
        "astray": list(found.astray),
    }
