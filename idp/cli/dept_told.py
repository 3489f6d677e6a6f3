"""What a try of a directory came to, for an operator: a table of steps, the chain, a person, why each group gives.

Deliberately asks nothing: `idp.flows.admin.directory.wizard.examine` did.
"""

from collections.abc import Mapping
from dataclasses import asdict

import click

from idp.cli.terminal import REFUSED, Terminal, columns
from idp.cli.words import sentence
from idp.mapping import Derived
from idp.model import Department
from idp.ports.diagnosis import Finding, Report


def tell(
    terminal: Terminal,
    department: Department,
    report: Report,
    derived: Derived | None,
    why: Mapping[str, str],
    threshold: int | None,
    *,
    examples: int | None,
) -> None:
    """Say it; ends with 1 when a step is red.

    Args:
        threshold: wrong passwords after which it locks; None: unknown.
        why: of each group of the sample, why it gives something or nothing.
        examples: how many of the file's own hold; None: no file was read.
    """
    parts = [_steps(terminal, report)]
    if report.well:
        parts.append(
            f"it locks after {threshold} wrong passwords" if threshold else "its lock-out threshold is unknown"
        )
    if examples is not None:
        parts.append(f"{examples} examples of the file hold")
    if report.chain and not report.well:
        parts.append(_chain(report))
    if report.sample and derived:
        parts.append(_person(report, derived, why))
    facts = _facts(department, report, derived, why) | {"examples": examples, "lockout_threshold": threshold}
    if report.well:
        terminal.say("\n\n".join(parts), facts)
        return
    if not terminal.as_json:
        click.echo("\n\n".join(parts))
    told = f"{department.id} does not answer as it should: {_words(terminal, report.findings[-1])}"
    terminal.fail(REFUSED, told, "directory", **facts)


def _steps(terminal: Terminal, report: Report) -> str:
    rows = [
        (
            "ok" if one.well else "WRONG",
            one.step,
            f"{one.latency.total_seconds() * 1000:.0f} ms",
            _words(terminal, one) + (f" [{one.code}]" if one.code else ""),
        )
        for one in report.findings
    ]
    return columns(rows, ("", "STEP", "TOOK", "WHAT"))


def _words(terminal: Terminal, one: Finding) -> str:
    return sentence(terminal, f"directory.{one.step}.{one.fault or 'well'}", one.facts)


def _chain(report: Report) -> str:
    lines = ["it shows:"]
    for one in report.chain:
        lines += [f"  {one.subject}", f"    signed by {one.issuer}, until {one.expires:%Y-%m-%d}", f"    {one.pin}"]
    return "\n".join(lines)


def _person(report: Report, derived: Derived, why: Mapping[str, str]) -> str:
    claims = report.sample.claims if report.sample else ()
    read = columns([(one.name, one.attribute, ", ".join(one.values) or "-") for one in claims], ("CLAIM", "FROM", "IS"))
    given = {group: [role for role, groups in derived.because.items() if group in groups] for group in why}
    groups = columns([(group, cause, ", ".join(given[group]) or "-") for group, cause in why.items()],
                     ("GROUP", "WHY", "ROLES"))  # fmt: skip
    return f"{read}\n\n{groups}\n\nclearance {derived.clearance}"


def _facts(
    department: Department, report: Report, derived: Derived | None, why: Mapping[str, str]
) -> dict[str, object]:
    told: dict[str, object] = {
        "department": department.id,
        "up": report.well,
        "steps": [asdict(one) | {"well": one.well} for one in report.findings],
        "chain": [asdict(one) for one in report.chain],
        "vendor": report.vendor,
    }
    if report.sample and derived:
        told |= {
            "claims": [asdict(one) for one in report.sample.claims],
            "groups": dict(why),
            "roles": sorted(derived.roles),
            "clearance": derived.clearance,
        }
    return told
