"""Models of authenticators: what FIDO metadata says of them, which are recalled, who holds those and who has another.

A recalled model opens nothing from then on (`idp.flows.authenticators`), and sessions that it proved end with all that
applications were given from them, also those that nobody has used for a while; its passkeys
stay enrolled, so that the list of their holders stays whole until each has removed theirs, and so that a recall by
mistake can be taken back.
Spec: FIDO Metadata Service 3.1 §3.1.4, §3.1.8. Does not read blobs (`adapters.fido`), nor fetch them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from idp.authn.authenticator_policy import BROKEN, is_broken
from idp.authn.session import state
from idp.errors import Conflict, Invalid, NotFound
from idp.events import AlertRaised, ModelRecalled, ModelRestored, ModelsImported
from idp.flows import sessions
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.flows.notices import tell
from idp.model import Alert, Authenticator, AuthenticatorModel, Session, Subject
from idp.ports import Tx

SHOWN = 500
"""Holders on one page."""


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that could not be read: where it stands, how it is called, what is wrong."""

    place: int
    called: str
    problem: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """A verified blob. serial: never goes back. due: when the next one is; after that this one is too old."""

    serial: int
    due: date
    models: tuple[AuthenticatorModel, ...]
    refused: tuple[BadEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import came to."""

    changed: int
    recalled: tuple[AuthenticatorModel, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a passkey of a recalled model. `replaced`: they have another passkey that is good."""

    subject: Subject
    replaced: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A model as administrators see it. `replaced` and `people` are filled for recalled ones alone."""

    model: AuthenticatorModel
    holders: int
    replaced: int = 0
    people: tuple[Holder, ...] = ()


def take(idp: Idp, admin: Admin, told: Metadata, reason: str) -> Taken:
    """Keep what the metadata says. A model that has become broken is recalled at once.

    Raises: Invalid: too old, or older than what is here (a roll-back would bring revoked models back).
    """
    admin.require("admin.models.write")
    admin.require_whole()
    why, now = required_reason(reason), idp.ports.now()
    known = {one.aaguid: one for one in idp.ports.truth.models.all()}
    newest = max((one.serial for one in known.values()), default=0)
    if told.serial < newest:
        raise Invalid(f"this metadata is number {told.serial}, older than number {newest} which is here", "roll-back")
    if told.due < now.date():
        raise Invalid(f"this metadata was good until {told.due}: download a newer one", "too old")
    merged = [_merged(known.get(one.aaguid), one, now) for one in told.models]
    changed = [one for one in merged if one != known.get(one.aaguid)]
    gone = {one.aaguid for one in known.values() if one.recalled_at is not None}
    recalled_now = [one for one in merged if one.recalled_at is not None and one.aaguid not in gone]
    with idp.ports.truth.begin() as tx:
        for one in changed:
            tx.models.put(one)
        tx.record(
            ModelsImported(
                by=admin.subject_id,
                serial=told.serial,
                changed=len(changed),
                recalled=len(recalled_now),
                refused=len(told.refused),
                reason=why,
            )
        )
        for one in recalled_now:
            _announce(idp, tx, one, admin, ", ".join(sorted(BROKEN.intersection(one.statuses))), None)
    return Taken(len(changed), tuple(recalled_now))


def recall(idp: Idp, admin: Admin, aaguid: str, reason: str) -> int:
    """Trust this model no more. How many hold it. Raises NotFound, Conflict (recalled before), Invalid."""
    admin.require("admin.models.write")
    admin.require_whole()
    why, model = required_reason(reason), _known(idp, aaguid)
    if model.recalled_at is not None:
        raise Conflict("it is recalled already")
    gone = replace(model, recalled_at=idp.ports.now())
    with idp.ports.truth.begin() as tx:
        tx.models.put(gone)
        return _announce(idp, tx, gone, admin, "by us", why)


def restore(idp: Idp, admin: Admin, aaguid: str, reason: str) -> None:
    """Trust it again. Raises NotFound, Conflict (it is not recalled), Invalid."""
    admin.require("admin.models.write")
    admin.require_whole()
    why, model = required_reason(reason), _known(idp, aaguid)
    if model.recalled_at is None:
        raise Conflict("it is not recalled")
    with idp.ports.truth.begin() as tx:
        tx.models.put(replace(model, recalled_at=None))
        tx.record(ModelRestored(by=admin.subject_id, aaguid=model.aaguid, model=model.name, reason=why))


def listed(idp: Idp, admin: Admin, query: str = "") -> list[Seen]:
    """The recalled ones first, then those that somebody holds; with a query, all whose name or AAGUID has it."""
    admin.require("admin.models.read")
    admin.require_whole()
    held, wanted = idp.ports.truth.authenticators.count_by_model(), query.strip().casefold()
    found = [
        one
        for one in idp.ports.truth.models.all()
        if (wanted in f"{one.name} {one.aaguid}".casefold() if wanted else one.recalled_at or held.get(one.aaguid))
    ]
    found.sort(key=lambda one: (one.recalled_at is None, one.name.casefold()))
    return [_seen(idp, admin, one, held.get(one.aaguid, 0)) for one in found[:SHOWN]]


def latest(idp: Idp, admin: Admin) -> int | None:
    """The number of the metadata that is here; None while there is none."""
    admin.require("admin.models.read")
    return max((one.serial for one in idp.ports.truth.models.all()), default=None)


def shown(idp: Idp, admin: Admin, aaguid: str) -> Seen:
    """One of them. Raises NotFound."""
    admin.require("admin.models.read")
    held = idp.ports.truth.authenticators.count_by_model()
    model = _known(idp, aaguid)
    return _seen(idp, admin, model, held.get(model.aaguid, 0))


def _seen(idp: Idp, admin: Admin, model: AuthenticatorModel, holders: int) -> Seen:
    if model.recalled_at is None or not holders:
        return Seen(model, holders)
    people = _holders(idp, model)
    visible = tuple(one for one in people if admin.sees(one.subject.department_id))[:SHOWN]
    return Seen(model, holders, sum(one.replaced for one in people), visible)


def _holders(idp: Idp, model: AuthenticatorModel) -> list[Holder]:
    """Everybody who still has one, those without another good passkey first."""
    gone = {one.aaguid for one in idp.ports.truth.models.all() if one.recalled_at is not None}
    found = []
    for subject_id in dict.fromkeys(one.subject_id for one in idp.ports.truth.authenticators.holders([model.aaguid])):
        subject = idp.ports.truth.people.get(subject_id)
        if subject is not None and not subject.disabled:
            found.append(Holder(subject, _has_another(idp.ports.truth.authenticators.of(subject_id), gone)))
    return sorted(found, key=lambda one: one.replaced)


def _has_another(held: Sequence[Authenticator], gone: set[str]) -> bool:
    return any(one.factor == "passkey" and one.aaguid not in gone and one.disabled_at is None for one in held)


def _merged(old: AuthenticatorModel | None, told: AuthenticatorModel, now: datetime) -> AuthenticatorModel:
    """What we recalled stays recalled; what was restored in spite of a status stays so until a new one comes."""
    if old is None:
        return replace(told, recalled_at=now if is_broken(told.statuses) else None)
    worse = bool(BROKEN.intersection(told.statuses).difference(old.statuses))
    return replace(told, recalled_at=old.recalled_at or (now if worse else None))


def _announce(idp: Idp, tx: Tx, model: AuthenticatorModel, admin: Admin, why: str, reason: str | None) -> int:
    """The log, one alert, and a letter to each holder, in the transaction of the recall. How many hold it."""
    holders = tx.authenticators.holders([model.aaguid])
    told = {"model": model.name, "aaguid": model.aaguid, "why": why, "holders": str(len(holders))}
    tx.record(
        ModelRecalled(
            by=admin.subject_id, aaguid=model.aaguid, model=model.name, why=why, holders=len(holders), reason=reason
        )
    )
    tx.desk.raise_alert(Alert(idp.id("alert"), "model-recalled", idp.ports.now(), "alert.model-recalled", told))
    tx.record(AlertRaised(kind="model-recalled"))
    for one in holders:
        tell(idp, tx, one.subject_id, "model-recalled", name=one.label, factor="passkey", authenticator=one.id)
    _end_what_rests_on(idp, tx, holders, admin, reason)
    return len(holders)


def _end_what_rests_on(idp: Idp, tx: Tx, holders: Sequence[Authenticator], admin: Admin, reason: str | None) -> None:
    """Sessions that were proved by such a passkey end with all that follows from them; other sessions stay."""
    gone, now = {one.id for one in holders}, idp.ports.now()
    people = sorted({one.subject_id for one in holders})
    for session in (*tx.sessions.of_people(people, now), *_idle(tx, people, now)):
        if not gone.isdisjoint(proof.authenticator_id for proof in session.proofs):
            sessions.end(idp, tx, session.sid, now, why="model-recalled", by=admin.subject_id, reason=reason)


def _idle(tx: Tx, people: Sequence[str], now: datetime) -> Iterator[Session]:
    """Sessions past their idle limit, from which an application's refresh tokens go on until the absolute one."""
    for subject_id in people:
        live = {grant.sid for grant in tx.grants.of_subject(subject_id) if grant.revoked_at is None}
        for session in map(tx.sessions.by_sid, sorted(live)):
            if session is not None and state(session, None, now) == "idle":
                yield session


def _known(idp: Idp, aaguid: str) -> AuthenticatorModel:
    plain = aaguid.strip().lower()
    model = idp.ports.truth.models.get(plain) if plain.isascii() else None
    if model is None:
        raise NotFound(f"no model {aaguid[:60]} is known: import FIDO metadata first")
    return model
