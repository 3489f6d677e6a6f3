"""Risk measures and policies decide: one place where a question is put, for sign-in, refresh, introspection, console.

What was asked, measured and answered is kept as a `DecisionRecord` when it asked for more or refused; the reference
code on the page leads to it. Spec: RFC 9470 (assurance), RFC 9068 (permissions).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from idp.flows.context import Idp, Visit
from idp.flows.history import KEPT, Past
from idp.flows.sign_in.budgets import recent_failures
from idp.model import Client, Configuration, DecisionRecord, Session, SignIn, Standing
from idp.oidc import details
from policies.decision import Decision
from policies.engine import Engine
from policies.question import Agreement, App, Band, Circumstances, Permission, Phase, Question, Who
from risk.attempt import Attempt, Counts, History
from risk.score import Score, Thresholds, score

QUESTION = TypeAdapter(Question)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with the question and the measurement that it rests on."""

    question: Question
    decision: Decision
    score: Score | None

    @property
    def opens(self) -> bool:
        """Entry is permitted, perhaps after one more proof."""
        return self.decision.allowed or self.decision.needs_acr is not None

    @property
    def band(self) -> Band:
        return self.question.circumstances.band

    @property
    def policy_ids(self) -> tuple[str, ...]:
        return tuple(reason.policy_id for reason in self.decision.reasons)


def at_sign_in(
    idp: Idp,
    visit: Visit,
    standing: Standing,
    client: Client,
    scopes: Iterable[str],
    acr: str | None,
    *,
    degraded: bool,
    account: str | None,
    acting: Standing | None = None,
) -> Verdict:
    """The whole decision of a sign-in: the person's history is scored first. `acting`: in whose post they act."""
    measured = measure(idp, visit, standing, account)
    here = Circumstances(
        at=visit.now,
        zones=visit.zones,
        country=visit.place.country,
        asn=visit.place.asn,
        band=measured.band,
        acr=acr,
        degraded=degraded,
        phase="sign-in",
    )
    return decide(idp, acting or standing, client, scopes, here, measured)


def decide(
    idp: Idp,
    standing: Standing,
    client: Client,
    scopes: Iterable[str],
    here: Circumstances,
    measured: Score | None = None,
) -> Verdict:
    """Put the question to the policies. Pure but for the configuration snapshot.

    Rules see the time by the minute: within it the same question has the same answer, and one sign-in asks it at each
    of its steps.
    """
    configuration = idp.ports.truth.configuration()
    here = replace(here, at=here.at.replace(second=0, microsecond=0))
    question = Question(who_of(standing), app_of(client), permissions_of(configuration, client, scopes), here)
    return Verdict(question, decided(idp.policies, idp.policies.version, question), measured)


@lru_cache(maxsize=8192)
def decided(policies: Engine, version: str, question: Question) -> Decision:
    """`version` is part of what an answer is kept under: new rules, new answers."""
    return policies.decide(question)


def measure(idp: Idp, visit: Visit, standing: Standing, account: str | None) -> Score:
    """How unusual this sign-in is for this person."""
    zone = ZoneInfo(idp.settings.server.time_zone)
    past = idp.pasts.of(idp.ports.truth.history, standing.subject.id, visit.now, zone)
    device = visit.device_hash
    known = device is not None and idp.ports.truth.sessions.device(device, standing.subject.id) is not None
    on_account, on_network = recent_failures(idp, account, visit.network)
    attempt = Attempt(
        at=visit.now,
        network=visit.network,
        history=_history(past, _population(idp, int(visit.now.timestamp()) // 300)),
        asn=visit.place.asn,
        country=visit.place.country,
        previous_country=past.last.country if past.last else None,
        previous_at=past.last.at if past.last else None,
        zones=visit.zones,
        zones_configured=bool(idp.zones),
        device=device if known else None,
        device_known=known,
        browser=visit.browser,
        system=visit.system,
        failures_account=on_account + _failed_lately(past.lately),
        failures_network=on_network,
        confirmed=len(past.confirmed),
    )
    return score(attempt, thresholds=Thresholds(idp.settings.risk.elevated, idp.settings.risk.high))


def who_of(standing: Standing) -> Who:
    return Who(
        person_id=standing.subject.id,
        post_id=standing.post.id,
        department=standing.post.department_id,
        departments=frozenset(standing.departments),
        roles=standing.roles,
        clearance=standing.subject.clearance,
        post_kind=standing.post.kind,
    )


def app_of(client: Client) -> App:
    everybody = {"all-employees"} if "*" in client.shared_with else set()
    return App(
        id=client.id,
        department=client.department_id,
        grade=client.grade,
        labels=client.labels | everybody,
        agreements=tuple(Agreement(f"{client.id}:{name}", name) for name in sorted(client.shared_with - {"*"})),
        networks=client.networks,
        countries=client.countries,
    )


def permissions_of(configuration: Configuration, client: Client, scopes: Iterable[str]) -> tuple[Permission, ...]:
    """The permissions among these names that the client is registered for, as scopes or behind its detail types."""
    available = details.permissions_of(configuration, client) | configuration.permissions_of(client)
    return tuple(
        Permission(name, client.id, available[name][1].grade, available[name][1].roles)
        for name in scopes
        if name in available
    )


def record(
    idp: Idp, verdict: Verdict, outcome: Literal["allowed", "asked", "refused"], client: Client, at: datetime
) -> DecisionRecord:
    """What the why page will show, under a reference that a person can read out."""
    measured = verdict.score
    return DecisionRecord(
        reference=idp.reference(),
        at=at,
        subject_id=verdict.question.who.person_id,
        client_id=client.id,
        outcome=outcome,
        question=plain(asdict(verdict.question)),
        answer=plain(asdict(verdict.decision)),
        risk={}
        if measured is None
        else plain(
            {
                "band": measured.band,
                "value": round(measured.value, 3),
                "evidence": [asdict(e) for e in measured.evidence],
            }
        ),
    )


def plain(value: dict[str, object]) -> dict[str, object]:
    """JSON values only: sets become sorted lists, times ISO texts, durations seconds."""
    return {key: _plain(item) for key, item in value.items()}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def question_of(stored: dict[str, object]) -> Question:
    """A kept question, to be asked again."""
    return QUESTION.validate_python(stored)


def on_our_pages(visit: Visit, session: Session, phase: Phase) -> Circumstances:
    """For a page of ours: where the browser is now, and what its session was let in with."""
    return Circumstances(
        at=visit.now,
        zones=visit.zones,
        country=visit.place.country,
        asn=visit.place.asn,
        band=session.band,
        acr=session.acr,
        degraded=session.degraded,
        phase=phase,
    )


def after_sign_in(session: Session, at: datetime, acr: str | None, phase: Phase) -> Circumstances:
    """For a call that comes without its person: the last contact of their browser, nothing measured anew."""
    return Circumstances(
        at=at,
        zones=frozenset(session.zones),
        country=session.country,
        asn=session.asn,
        band=session.band,
        acr=acr,
        degraded=session.degraded,
        phase=phase,
    )


def _failed_lately(rows: Iterable[SignIn]) -> int:
    """Failures since the last success, within ten minutes; the store remembers what emptied counters forget."""
    return sum(row.outcome == "failed" for row in takewhile(lambda row: row.outcome != "succeeded", rows))


def _history(past: Past, everyone: Counts | None) -> History:
    return History(past.counts, past.counts if everyone is None else everyone)


@lru_cache(maxsize=4)
def _population(idp: Idp, five_minutes: int) -> Counts | None:
    tallies = idp.ports.truth.history.population(idp.ports.now() - KEPT)
    return Counts.from_tallies(tallies) if any(tallies.values()) else None
