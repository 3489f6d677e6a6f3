"""Carrying a plan out: what would change, and then all of it in one transaction or nothing.

Looking at a plan and carrying it out go by the same steps, so that what was shown is what is done. A second time there
is nothing to do. What an administrator removed stays removed until somebody says `restore`; what left the plan goes
only with `prune`.
Spec: none. The rules are `idp.flows.admin.plan`'s, and the same as in the console; so are the writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Invalid
from idp.flows.admin import plan_people, plan_steps
from idp.flows.admin.plan import Plan, Problem, problems_of
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.admin.step import Step
from idp.flows.context import Idp
from idp.flows.sector import hosts_problem

SECTOR_FIELDS = frozenset({"subject_type", "sector_identifier_uri", "redirect_uris"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """prune: what left the plan is removed. restore: what was removed by hand comes back."""

    prune: bool = False
    restore: bool = False


PLAIN = Wishes()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What stands between a plan and what is in force.

    astray: what the plan does not name any more, and what somebody removed by hand: shown, and left alone.
    """

    steps: tuple[Step, ...]
    astray: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.steps and not self.astray


class WrongPlan(Invalid):
    """It cannot be carried out; `problems` has everything, each with its place in the plan."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"{one.place}: {one.told}" for one in problems))
        self.problems = problems


def compare(idp: Idp, admin: Admin, plan: Plan, now: datetime, wishes: Wishes = PLAIN) -> Comparison:
    """What carrying the plan out would change; nothing is written. Raises WrongPlan."""
    admin.require("admin.apps.read")
    admin.require_whole()
    if problems := tuple(problems_of(idp, plan)):
        raise WrongPlan(problems)
    configuration = idp.ports.truth.configuration()
    found = (
        plan_steps.client(idp, plan, one, configuration.clients.get(one.client.id), restore=wishes.restore)
        for one in plan.clients
    )
    steps = (
        *plan_steps.departments(plan, configuration),
        *plan_steps.registered(plan, configuration),
        *(step for step in found if step is not None),
        *plan_people.steps(idp, plan, now),
    )
    strays = tuple(plan_steps.strays(plan, configuration, now))
    removed = tuple(
        f"client {one.client.id} was removed and stays so; --restore brings it back"
        for one in plan.clients
        if not wishes.restore and (held := configuration.clients.get(one.client.id)) and held.disabled
    )
    if wishes.prune:
        return Comparison((*steps, *strays), removed)
    gone = tuple(f"{one.kind} {one.about} is in no plan any more; --prune removes it" for one in strays)
    return Comparison(steps, removed + gone)


def apply(idp: Idp, admin: Admin, plan: Plan, reason: str, now: datetime, wishes: Wishes = PLAIN) -> Comparison:
    """All of it in one transaction, or nothing; what was done. Raises WrongPlan, Unavailable."""
    admin.require("admin.apps.write")
    admin.require("admin.departments.write")
    admin.require("admin.people.write")
    reason = required_reason(reason)
    found = compare(idp, admin, plan, now, wishes)
    if problems := tuple(_wrong_sectors(idp, plan, found)):
        raise WrongPlan(problems)
    if found.steps:
        with idp.ports.truth.begin() as tx:
            for step in found.steps:
                step.write(tx, admin.subject_id, reason)
    return found


def _wrong_sectors(idp: Idp, plan: Plan, found: Comparison) -> Iterator[Problem]:
    """A sector's file is asked for only when what it speaks of changes. Spec: OIDC Core §8.1."""
    moved = {step.about for step in found.steps if SECTOR_FIELDS & {field.field for field in step.fields}}
    for one in plan.clients:
        client = one.client
        if client.id not in moved or client.subject_type != "pairwise":
            continue
        if told := hosts_problem(idp, client.sector_identifier_uri, client.redirect_uris):
            yield Problem(f"clients.{client.id}.sector_identifier_uri", told)
