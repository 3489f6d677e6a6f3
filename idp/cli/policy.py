"""`gerege policy`: why a decision falls as it does, and whether the rules keep their own examples."""

import click

from idp.app import RULES
from idp.cli.person import department_option
from idp.cli.terminal import EXIT_CODES, REFUSED, Terminal, WrongInput, verb
from idp.cli.words import sentence
from idp.flows import why as reasons
from idp.flows.admin import people
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.model import ACR_ORDER
from policies.engine import Engine
from policies.examples import known_messages, run
from policies.explain import Part
from policies.question import Band

ACR = {acr.rpartition(":")[2]: acr for acr in ACR_ORDER}


@click.group(epilog=EXIT_CODES)
def policy() -> None:
    """Policies: Cedar rules that decide; everything that no rule permits is refused."""


@policy.command(epilog=EXIT_CODES)
@click.option("--reference", help="The reference code of a decision that was made; instead of the others.")
@click.option("--person", help="Whom it is about: what they type to sign in, or their subject id.")
@click.option("--app", help="Which application.")
@click.option("--scope", multiple=True, help="A permission that it asks for; repeatable. Without: all of them.")
@click.option("--acr", type=click.Choice(tuple(ACR)), default="aal1", show_default=True, help="What is proved.")
@click.option("--country", help="Where they are: ISO 3166-1 code.")
@click.option("--zone", multiple=True, help="The network zone they are in; repeatable.")
@click.option("--asn", type=int, help="The autonomous system of their address.")
@click.option("--band", type=click.Choice(["low", "elevated", "high"]), default="low", show_default=True)
@click.option("--degraded", is_flag=True, help="As if their directory were away.")
@department_option
@verb
def why(
    terminal: Terminal,
    reference: str | None,
    person: str | None,
    app: str | None,
    scope: tuple[str, ...],
    acr: str,
    country: str | None,
    zone: tuple[str, ...],
    asn: int | None,
    band: str,
    degraded: bool,
    department: str | None,
) -> None:
    """Why was it allowed, asked for more, or refused: rules, reasons, evidence, what would change it."""
    with terminal.open() as idp:
        if reference:
            found = reasons.recorded(idp, reference, None, OPERATOR)
        elif person and app:
            subject = people.resolve(idp, OPERATOR, person, idp.ports.now(), department)
            wanted = scope or _all_of(idp, app)
            place = country.upper() if country else None
            asked = reasons.Asked(app, wanted, place, frozenset(zone), asn, ACR[acr], _band(band), degraded)
            found = reasons.ask(idp, OPERATOR, subject.id, asked, idp.ports.now())
        else:
            raise WrongInput("say --person and --app, or --reference")
        terminal.say("\n".join(_told(terminal, idp, found)), _facts(found))


def _band(text: str) -> Band:
    return "high" if text == "high" else "elevated" if text == "elevated" else "low"


def _all_of(idp: Idp, app: str) -> tuple[str, ...]:
    configuration = idp.ports.truth.configuration()
    client = configuration.clients.get(app)
    return tuple(configuration.permissions_of(client)) if client else ()


def _facts(found: reasons.Why) -> dict[str, object]:
    return {
        "reference": found.reference,
        "at": found.at,
        "subject": found.subject.id if found.subject else None,
        "outcome": found.outcome,
        "dropped": list(found.dropped),
        "evidence": [{"message": message, "params": dict(params)} for message, params in found.evidence],
        "rules_changed": found.rules_changed,
        **found.explanation.to_json(),
    }


def _told(terminal: Terminal, idp: Idp, found: reasons.Why) -> list[str]:
    name = found.subject.display_name.in_language(terminal.language) if found.subject else "-"
    here = found.question.circumstances
    proved = (here.acr or "nothing").rpartition(":")[2]
    lines = [
        f"{name} → {found.application.in_language(terminal.language)}: {found.outcome}",
        f"  from {here.country or 'an unknown country'}, zones {', '.join(sorted(here.zones)) or 'none'}, "
        f"risk {here.band}, proved {proved}",
    ]
    for part in found.explanation.parts:
        lines += _part(terminal, idp, found, part)
    lines += [f"  unusual: {sentence(terminal, message, params)}" for message, params in found.evidence]
    remedies = reasons.remedies(found, idp.ports.truth.configuration())
    lines += [f"  {sentence(terminal, message, facts)}" for message, facts in remedies]
    if found.rules_changed:
        lines.append("  The rules have changed since; this is what those of today say.")
    return lines


def _part(terminal: Terminal, idp: Idp, found: reasons.Why, part: Part) -> list[str]:
    facts = reasons.facts_of(idp.ports.truth.configuration(), part.params)
    needs = f" (needs {part.needs_acr.rpartition(':')[2]})" if part.needs_acr else ""
    where = next((f", {step.file}:{step.line}" for step in part.trace if step.policy_id == part.decided_by), "")
    what = "entry" if part.action == "signIn" else part.name
    because = sentence(terminal, part.because, facts)
    return [f"  {what}: {part.outcome}{needs}: {because} [{part.decided_by}{where}]"]


@policy.command(epilog=EXIT_CODES)
@verb
def check(terminal: Terminal) -> None:
    """Read the rules and run the examples beside them."""
    folder = terminal.settings().policies_dir or RULES
    engine = Engine.load(folder, messages=known_messages(folder))
    try:
        outcomes = list(run(folder, engine))
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise WrongInput(f"{folder}: an example cannot be read: {error}") from error
    failed = [one for one in outcomes if one.wrong]
    tried = {name for one in outcomes for name in one.decided}
    untried = sorted(set(engine.book.rules) - tried)
    lines = [f"FAILED  {one.file}  {one.name}\n        " + "\n        ".join(one.wrong) for one in failed]
    lines += [f"FAILED  {engine.book.rules[name].file}  the rule {name} decides in no example" for name in untried]
    lines.append(
        f"{len(outcomes)} examples, {len(failed)} failed; {len(untried)} of {len(engine.book.rules)} rules without one"
    )
    told = {
        "examples": len(outcomes),
        "failed": [{"file": one.file, "name": one.name, "wrong": list(one.wrong)} for one in failed],
        "untried": untried,
        "version": engine.version,
    }
    if failed or untried or not outcomes:
        terminal.fail(REFUSED, "\n".join(lines), "examples", **told)
    terminal.say("\n".join(lines), told)
