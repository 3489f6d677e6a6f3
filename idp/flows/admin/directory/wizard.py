"""The road of connecting a directory: load what was typed, try one step for real; at the end save, or not at all.

A draft belongs to one administrator and one department; it is sealed and lies on the server for two hours. A step
opens when all before it went well with what is typed now. Deliberately saves nothing of a department before `save`.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.errors import Conflict, Expired, Invalid, Throttled, Unavailable
from idp.flows.admin import departments
from idp.flows.admin.directory import allowed
from idp.flows.admin.directory.draft import (
    FIELDS,
    Draft,
    department_of,
    draft_of,
    has_password,
    mapping_of,
    with_typed,
    wrong_lines,
)
from idp.flows.admin.scope import Admin
from idp.flows.built_in import ACCOUNT
from idp.flows.context import Idp, Visit, hash_of
from idp.flows.sync.preview import Preview, preview
from idp.mapping import Derived, RoleMapping, derive, forbidden_roles, from_table
from idp.model import AuthorizationRequest, Department, Interaction
from idp.ports import Connector, Limit
from idp.ports.diagnosis import Question, Report, StepName
from idp.secret import Secret

ROAD = tuple(FIELDS)
"""address, tls, bind, base, map, sign-in, dry-run, save."""
LIFE = timedelta(hours=2)
PURPOSE = "directory-draft"
TRIES, EVERY = 40, timedelta(seconds=10)
"""How often one administrator may make us knock: at once, and then one more each."""
UNTIL: dict[str, StepName] = {
    "address": "address", "tls": "tls", "bind": "bind", "base": "base", "map": "person", "sign-in": "sign-in",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """What a step came to. problems: (message id, facts) of what was typed; then nothing was asked."""

    draft: Draft
    report: Report | None = None
    problems: tuple[tuple[str, dict[str, str]], ...] = ()
    derived: Derived | None = None
    preview: Preview | None = None

    @property
    def well(self) -> bool:
        return not self.problems and (self.report is None or self.report.well)


def load(idp: Idp, admin: Admin, department_id: str) -> tuple[Department, Draft]:
    """The department and this administrator's draft of its directory; without one, what the department has now.

    Raises: NotAllowed, NotFound.
    """
    admin.require("admin.departments.write")
    kept = departments.get(idp, admin, department_id)
    held = _held(idp, admin, department_id)
    if held is None:
        return kept, draft_of(kept)
    try:
        found = json.loads(idp.ports.sealer.open(PURPOSE, held.stage.get(PURPOSE, "")))
        return kept, Draft(found["typed"], found["password"], found["keeps"], tuple(found["passed"]))
    except (Invalid, ValueError, KeyError):
        return kept, draft_of(kept)


def open_step(draft: Draft, wanted: str) -> str:
    """The step that may be shown: the wanted one, or the first before it that did not go well yet."""
    for step in ROAD[: ROAD.index(wanted)]:
        if step not in draft.passed:
            return step
    return wanted


def try_step(
    idp: Idp, visit: Visit, admin: Admin, department_id: str, step: str, given: dict[str, str], browse: str = ""
) -> Tried:
    """Take what was typed at one step, prove it against the real directory, and keep the draft.

    Raises: NotAllowed, NotFound, Throttled, Conflict (an earlier step has to be proved first).
    """
    kept, draft = load(idp, admin, department_id)
    if open_step(draft, step) != step:
        raise Conflict(f"{open_step(draft, step)} comes first")
    typed_secret = given.get("account_password", "")
    draft = with_typed(draft, step, given, _sealed(idp, kept, typed_secret) if typed_secret else "")
    problems = tuple(_problems(idp, admin, kept, draft, step))
    if problems:
        keep(idp, visit, admin, department_id, draft)
        return Tried(draft, problems=problems)
    _bounded(idp, admin)
    tried = _tried(idp, kept, draft, step, given, browse, visit.now)
    if tried.well and not browse:
        draft = replace(draft, passed=(*(one for one in draft.passed if one != step), step))
    keep(idp, visit, admin, department_id, draft)
    return replace(tried, draft=draft)


def save(idp: Idp, admin: Admin, department_id: str, reason: str) -> tuple[str, ...]:
    """Keep the department with its directory; the draft is gone. The ids that changed.

    Raises: Conflict (a step was not proved), Invalid (no reason, an address that is not allowed any more).
    """
    kept, draft = load(idp, admin, department_id)
    if open_step(draft, "save") != "save":
        raise Conflict(f"{open_step(draft, 'save')} was not proved")
    if problems := [one for step in ROAD for one in _problems(idp, admin, kept, draft, step)]:
        raise Invalid(problems[0][0], f"{problems[0]}")
    changed = departments.put(idp, admin, [department_of(kept, draft)], reason)
    drop(idp, admin, department_id)
    return changed


def drop(idp: Idp, admin: Admin, department_id: str) -> None:
    """Forget what was typed."""
    admin.require("admin.departments.write")
    idp.ports.brief.close_interaction(_key(idp, admin, department_id))


def keep(idp: Idp, visit: Visit, admin: Admin, department_id: str, draft: Draft) -> None:
    """Seal the draft and put it away. Raises Throttled, Unavailable."""
    told = {"typed": dict(draft.typed), "password": draft.password, "keeps": draft.keeps, "passed": draft.passed}
    fresh = Interaction(
        id_hash=_key(idp, admin, department_id),
        version=1,
        binding_hash=hash_of(visit.binding),
        request=AuthorizationRequest(ACCOUNT.id, "/admin", ()),
        language=visit.language,
        created_at=visit.now,
        network=visit.network,
        stage={"step": "identify", PURPOSE: idp.ports.sealer.seal(PURPOSE, json.dumps(told).encode())},
    )
    idp.ports.brief.close_interaction(fresh.id_hash)
    idp.ports.brief.open_interaction(fresh, LIFE)


def examine(idp: Idp, department: Department, question: Question) -> tuple[Report, Derived | None]:
    """Every step to a directory, and what its table gives the sample. Raises Invalid: settings that cannot be."""
    report = idp.ports.diagnosis.diagnose(department, question)
    return report, derive(report.sample.entry, _table_of(department)) if report.sample else None


def rehearse(idp: Idp, department: Department, now: datetime) -> Preview:
    """What reading everybody would change, by settings that are not kept yet. Raises Unavailable, Invalid."""
    connector = idp.ports.diagnosis.open(department)
    try:
        aside = replace(idp, ports=replace(idp.ports, directories=_Aside(connector)))
        return preview(aside, department, now)
    finally:
        connector.close()


@dataclass(frozen=True, slots=True)
class _Aside:
    """`Directories` of one connector that serves nobody else."""

    connector: Connector

    def of(self, department: Department) -> Connector | None:
        return self.connector


def _tried(
    idp: Idp, kept: Department, draft: Draft, step: str, given: dict[str, str], browse: str, now: datetime
) -> Tried:
    department = department_of(kept, draft, unbound=_sealed(idp, kept, "-"))
    try:
        if step == "dry-run":
            return Tried(draft, preview=rehearse(idp, department, now))
        if step not in UNTIL:
            return Tried(draft)
        password = Secret(given.get("password", ""))
        sample = draft["sample"] if step in ("map", "sign-in") else ""
        report, derived = examine(idp, department, Question(UNTIL[step], browse, sample, password))
        if step == "base" and not (draft["base_dn"] and draft["groups_base"]):
            shown = replace(report, findings=tuple(one for one in report.findings if one.step != "base"))
            return Tried(draft, shown, (("directory.base.missing", {}),))
        return Tried(draft, report, derived=derived)
    except Invalid as wrong:
        return Tried(draft, problems=(("directory.settings", {"why": wrong.message}),))
    except Unavailable as away:
        return Tried(draft, problems=(("directory.away", {"why": away.detail}),))


def _problems(idp: Idp, admin: Admin, kept: Department, draft: Draft, step: str) -> list[tuple[str, dict[str, str]]]:
    """What can be told without asking anybody. The address is looked at again at every step."""
    found: list[tuple[str, dict[str, str]]] = []
    try:
        allowed.require(idp, admin, kept, draft["url"])
    except Invalid as refused:
        return [(refused.message, {"address": draft["url"]})]
    needed = {"bind": ("bind_dn",), "map": ("sample",), "sign-in": ("sample",)}
    if any(not draft[name] for name in needed.get(step, ())):
        found.append((f"directory.{step}.missing", {}))
    if step == "bind" and not has_password(draft, kept):
        found.append(("directory.bind.no-password-typed", {}))
    if step == "map":
        found += [("directory.map.line", {"line": line}) for line in wrong_lines(draft)[:5]]
        for group, role in forbidden_roles(mapping_of(draft), givable(idp, admin, kept))[:5]:
            found.append(("directory.map.role", {"group": group, "role": role}))
    return found


def givable(idp: Idp, admin: Admin, kept: Department) -> frozenset[str] | None:
    """Roles that this administrator may have a directory give: those of their own branch's applications, and those
    that it gives already. None: every role but an administrator's."""
    if admin.branch is None:
        return None
    configuration = idp.ports.truth.configuration()
    own = [one for one in configuration.clients.values() if admin.sees(one.department_id)]
    permissions = [one for client in own for _, one in configuration.permissions_of(client).values()]
    named = {role for one in permissions for role in one.roles}
    return frozenset(named | {role for roles in _table_of(kept).roles.values() for role in roles})


def _table_of(department: Department) -> RoleMapping:
    return from_table(department.mapping)


def _bounded(idp: Idp, admin: Admin) -> None:
    limit = Limit(idp.ports.sealer.digest("directory-tries", admin.subject_id), TRIES, EVERY)
    reading = idp.ports.brief.take([limit])[0]
    if not reading.allowed:
        raise Throttled(reading.retry_after, "directory tries")


def _sealed(idp: Idp, kept: Department, password: str) -> str:
    return idp.ports.sealer.seal(f"directory-password:{kept.id}", password.encode())


def _held(idp: Idp, admin: Admin, department_id: str) -> Interaction | None:
    try:
        return idp.ports.brief.interaction(_key(idp, admin, department_id))
    except Expired:
        return None


def _key(idp: Idp, admin: Admin, department_id: str) -> str:
    return idp.ports.sealer.digest(PURPOSE, f"{admin.subject_id}|{department_id}")
