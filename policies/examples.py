"""Run the examples that stand beside the rules: `python -m policies.examples [folder]`. Exit 0 only if all hold.

An example is a question in short form and what must come of it:

    [[example]]
    name = "approving takes a passkey"
    who = "approver"                       # of cast.toml, or { like = "approver", roles = [] }
    app = "payroll"                        # likewise
    ask = ["payroll.read"]                 # likewise, each
    acr = "aal2"                           # and band, zones, country, degraded, phase …: what differs from [now]
    expect = { allowed = true, acr = "aal2", needs = "", permissions = [], dropped = { x = "aal2-phr" }, life = 15 }
    decides = ["grade-3-second-factor"]    # policies that must be among those that determined the answer

Every rule must decide in at least one example, or it is reported. Does not: stand in for the property tests.
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.decision import BUILT_IN, Decision
from policies.engine import Engine
from policies.question import Agreement, App, Circumstances, Permission, Question, Who
from policies.rulebook import PolicyError

HERE = Path(__file__).parent / "rules"
PREFIX = "urn:gerege:"
Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One example that was run. `wrong` holds a line (expected, got) for each difference."""

    file: str
    name: str
    wrong: tuple[str, ...]
    decided: frozenset[str]


def run(folder: Path, engine: Engine) -> Iterator[Outcome]:
    """Run every `*.examples.toml` of a folder. Raises: KeyError, ValueError for an example that cannot be read."""
    cast = tomllib.loads((folder / "cast.toml").read_text(encoding="utf-8"))
    for path in sorted(folder.glob("*.examples.toml")):
        for example in tomllib.loads(path.read_text(encoding="utf-8")).get("example", []):
            decision = engine.decide(question(cast, example))
            wrong = tuple(_differences(example, decision))
            yield Outcome(path.name, example["name"], wrong, determined(decision))


def question(cast: Table, short: Table) -> Question:
    """A question from its short form. Raises: KeyError for a name that the cast does not have."""
    here = cast.get("now", {}) | {k: v for k, v in short.items() if k in Circumstances.__dataclass_fields__}
    if here.get("acr") is not None:
        here["acr"] = PREFIX + here["acr"] if here["acr"] else None
    zones = frozenset(here.pop("zones", ()))
    return Question(
        _who(_member(cast["who"], short["who"])),
        _app(_member(cast["app"], short["app"])),
        tuple(_permission(_member(cast["permission"], asked)) for asked in short.get("ask", ())),
        Circumstances(zones=zones, **here),
    )


def determined(decision: Decision) -> frozenset[str]:
    """Every policy that had a part in the answer: entry, permissions, and the token's life."""
    parts = [r.policy_id for r in decision.reasons]
    parts += [i for held in decision.permissions for i in held.policies]
    parts += [i for dropped in decision.dropped for i in dropped.policies]
    return frozenset((*parts, *decision.life_policies))


def _member(of: Table, said: str | Table) -> Table:
    """A member of the cast under its name, with what an inline table changes."""
    if isinstance(said, str):
        said = {"like": said}
    inner = {k: v for k, v in said.items() if k != "like"}
    if "like" not in said:
        return inner
    like = of[said["like"]]
    return {"name": said["like"], **(_member(of, like) if "like" in like else like), **inner, "as": said["like"]}


def _who(t: Table) -> Who:
    roles, departments = frozenset(t["roles"]), frozenset(t["departments"])
    return Who(t["as"], t["as"] + "-post", t["department"], departments, roles, t["clearance"], t["post_kind"])


def _app(t: Table) -> App:
    sets = {name: frozenset(t.get(name, ())) for name in ("labels", "networks", "countries")}
    agreements = tuple(Agreement(**a) for a in t.get("agreements", ()))
    return App(t["as"], t["department"], t["grade"], agreements=agreements, **sets)


def _permission(t: Table) -> Permission:
    return Permission(t["as"], t["application"], t["grade"], frozenset(t["roles"]), frozenset(t.get("needs", ())))


def _differences(example: Table, decision: Decision) -> Iterator[str]:
    got: Table = {
        "allowed": decision.allowed,
        "acr": (decision.acr or "").removeprefix(PREFIX),
        "needs": (decision.needs_acr or "").removeprefix(PREFIX),
        "permissions": sorted(held.name for held in decision.permissions),
        "dropped": {d.name: (d.needs_acr or "").removeprefix(PREFIX) for d in decision.dropped},
        "life": decision.life.total_seconds() / 60,
    }
    for key, expected in example["expect"].items():
        if got[key] != (sorted(expected) if isinstance(expected, list) else expected):
            yield f"{key}: expected {expected!r}, got {got[key]!r}"
    named = determined(decision)
    if missing := sorted(set(example.get("decides", ())) - named):
        yield f"decides: expected {missing}, got {sorted(named)}"


def main(arguments: list[str]) -> int:
    """Run, print, and tell by the exit code: 0 all hold, 1 some do not, 2 the rules could not be read."""
    folder = Path(arguments[0]) if arguments else HERE
    try:
        engine = Engine.load(folder, messages=known_messages(folder))
        outcomes = list(run(folder, engine))
    except (PolicyError, KeyError, ValueError, TypeError, OSError) as error:
        print(f"the rules or their examples could not be read:\n{error}", file=sys.stderr)
        return 2
    for outcome in outcomes:
        print(f"{'FAILED' if outcome.wrong else 'ok    '}  {outcome.file}  {outcome.name}")
        print("".join(f"          {line}\n" for line in outcome.wrong), end="")
    untried = sorted(set(engine.book.rules) - {i for outcome in outcomes for i in outcome.decided})
    for id_ in untried:
        print(f"FAILED  {engine.book.rules[id_].file}  the rule {id_} decides in no example")
    failed = sum(1 for outcome in outcomes if outcome.wrong)
    print(f"{len(outcomes)} examples, {failed} failed, {len(untried)} of {len(engine.book.rules)} rules without one")
    return 1 if failed or untried or not outcomes else 0


def known_messages(folder: Path) -> set[str]:
    """The message ids: those of the house, and of the folder's own `messages.toml` if it has one."""
    house = Path(__file__).parents[1] / "idp" / "translations" / "reasons.policy.toml"
    files = [one for one in (house, folder / "messages.toml") if one.exists()]
    return {*BUILT_IN.values(), *(name for one in files for name in tomllib.loads(one.read_text(encoding="utf-8")))}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
