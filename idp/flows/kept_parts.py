"""The parts of what is kept about a person: what each is for, which setting ends it, and how it is read.

A new kind of thing that is kept gets its line in PARTS and its shape in `kept.schema.json`; a test finds what lacks.
No secret is read here, and no digest that only we understand. Spec: PIPL articles 17 and 45.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from idp.flows.context import Idp
from idp.model import Authenticator, Subject
from idp.ports import AuditRow

Value = str | int | bool | None | list[str]
Item = dict[str, Value]
Read = Callable[[Idp, Subject], list[Item]]
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 100_000
ROWS = 500


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing. `days`: the setting that ends it; None: as long as the account.

    A `law` part is never shortened: it holds ids and no personal value.
    """

    name: str
    purpose: Literal["identify", "authorise", "sign-in", "security", "inform", "law"]
    read: Read
    days: Literal["sign_in_days", "decision_days", "letter_days"] | None = None


def _at(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _profile(idp: Idp, subject: Subject) -> list[Item]:
    claims = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in sorted(subject.claims.items())]
    link = idp.ports.truth.people.link_of(subject.id)
    return [
        {
            "name_en": subject.display_name.en,
            "name_zh": subject.display_name.zh,
            "mail": subject.mail,
            "department": subject.department_id,
            "clearance": subject.clearance,
            "language": subject.language,
            "since": _at(subject.created_at),
            "claims": claims,
            "directory_entry": link.stable_id if link else None,
            "directory_read_at": _at(link.read_at) if link else None,
        }
    ]


def _identifiers(idp: Idp, subject: Subject) -> list[Item]:
    return [{"identifier": one} for one in subject.identifiers]


def _posts(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "department": one.department_id,
            "kind": one.kind,
            "title": one.title,
            "from": _at(one.starts_at),
            "until": _at(one.ends_at),
            "default": one.is_default,
        }
        for one in idp.ports.truth.people.posts(subject.id)
    ]


def _roles(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "role": one.role,
            "source": one.source,
            "why": one.reason,
            "by": one.granted_by,
            "from": _at(one.starts_at),
            "until": _at(one.ends_at),
        }
        for one in idp.ports.truth.people.role_grants(subject.id)
    ]


def _authenticators(idp: Idp, subject: Subject) -> list[Item]:
    """Without seed, hash, key and counter."""
    return [
        {
            "factor": one.factor,
            "name": one.label,
            "model": one.aaguid,
            "worth": one.bound_acr,
            "bound_by": list(one.bound_by),
            "made_at": _at(one.created_at),
            "made_in": _made_in(one),
            "used_at": _at(one.last_used_at),
            "failures": one.failures,
        }
        for one in idp.ports.truth.authenticators.of(subject.id)
    ]


def _made_in(one: Authenticator) -> list[str]:
    """Country and city."""
    found = one.state.get("made_in")
    return [str(word) for word in found.values()] if isinstance(found, dict) else []


def _codes(idp: Idp, subject: Subject) -> list[Item]:
    """Passes and enrolment codes that may still open something, without the code."""
    return [
        {
            "kind": one.kind,
            "by": one.created_by,
            "until": _at(one.expires_at),
            "waits_for_a_second": one.waits,
            "worth": one.ceiling,
        }
        for one in idp.ports.truth.authenticators.codes_of(subject.id, idp.ports.now())
    ]


def _tokens(idp: Idp, subject: Subject) -> list[Item]:
    return [{"serial": one.serial, "lost_at": _at(one.lost_at)} for one in idp.ports.truth.tokens.of(subject.id)]


def _sessions(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "session": one.sid,
            "began_at": _at(one.created_at),
            "last_seen_at": _at(one.last_seen_at),
            "ends_at": _at(one.expires_at),
            "country": one.country,
            "city": one.city,
            "network": one.asn,
            "operator": one.operator,
            "browser": one.browser,
            "system": one.system,
            "factors": sorted({proof.factor for proof in one.proofs}),
            "assurance": one.acr,
        }
        for one in idp.ports.truth.sessions.of(subject.id, idp.ports.now())
    ]


def _sign_ins(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "at": _at(one.at),
            "outcome": one.outcome,
            "why": one.reason,
            "application": one.client_id,
            "country": one.country,
            "city": one.city,
            "network": one.asn,
            "operator": one.operator,
            "browser": one.browser,
            "system": one.system,
            "factors": list(one.factors),
            "your_answer": one.answered,
        }
        for one in idp.ports.truth.history.sign_ins(subject.id, BEGINNING, MOST)
    ]


def _devices(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "first_seen_at": _at(one.first_seen_at),
            "last_seen_at": _at(one.last_seen_at),
            "trusted_at": _at(one.trusted_at),
            "trusted_until": _at(one.trusted_until),
            "worth": one.trusted_acr,
            "has_own_key": one.public_key is not None,
        }
        for one in idp.ports.truth.sessions.devices_of(subject.id)
    ]


def _consents(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {"application": client_id, "scope": scope} for client_id, scope in idp.ports.truth.grants.consents(subject.id)
    ]


def _grants(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "application": one.client_id,
            "scopes": list(one.scopes),
            "details": [json.dumps(detail, ensure_ascii=False, sort_keys=True) for detail in one.details],
            "given_at": _at(one.created_at),
            "ended_at": _at(one.revoked_at),
            "assurance": one.acr,
            "session": one.sid,
        }
        for one in idp.ports.truth.grants.of_subject(subject.id)
    ]


def _delegations(idp: Idp, subject: Subject) -> list[Item]:
    kept = idp.ports.truth.delegations
    both = [*kept.given_by(subject.id), *kept.held_by(subject.id)]
    return [
        {
            "side": "given" if one.principal_id == subject.id else "held",
            "other_person": one.delegate_id if one.principal_id == subject.id else one.principal_id,
            "applications": list(one.client_ids),
            "why": one.reason,
            "from": _at(one.starts_at),
            "until": _at(one.ends_at),
            "ended_at": _at(one.ended_at),
        }
        for one in both
    ]


def _notices(idp: Idp, subject: Subject) -> list[Item]:
    """With what each letter names, but for other people's names."""
    return [
        {
            "kind": one.kind,
            "names": [f"{name}: {value}" for name, value in sorted(one.params.items()) if name != "person"],
            "written_at": _at(one.created_at),
            "sent_at": _at(one.sent_at),
            "disowned_at": _at(one.answered_at),
        }
        for one in idp.ports.truth.notices.of(subject.id, BEGINNING)
    ]


def _decisions(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {"reference": one.reference, "at": _at(one.at), "application": one.client_id, "outcome": one.outcome}
        for one in idp.ports.truth.history.decisions(subject.id, BEGINNING, MOST)
    ]


def _requests(idp: Idp, subject: Subject) -> list[Item]:
    return [
        {
            "kind": one.kind,
            "asked_at": _at(one.asked_at),
            "field": one.body.get("field"),
            "wanted": one.body.get("wanted"),
            "outcome": one.outcome,
            "decided_at": _at(one.decided_at),
        }
        for one in idp.ports.truth.desk.changes_by(subject.id)
    ]


def _audit(idp: Idp, subject: Subject) -> list[Item]:
    return [{"at": _at(row.at), "event": row.name, "row": row.seq, "said": row.reason} for row in _rows(idp, subject)]


def _rows(idp: Idp, subject: Subject) -> Iterator[AuditRow]:
    """All of them, page by page; those not sequenced yet come with the first."""
    before: int | None = None
    while True:
        found = idp.ports.truth.audit.search(subject_id=subject.id, before_seq=before, limit=ROWS)
        yield from found
        sequenced = [row.seq for row in found if row.seq is not None]
        if len(found) < ROWS or not sequenced:
            return
        before = min(sequenced)


PARTS: tuple[Part, ...] = (
    Part("profile", "identify", _profile),
    Part("identifiers", "identify", _identifiers),
    Part("posts", "authorise", _posts),
    Part("roles", "authorise", _roles),
    Part("authenticators", "sign-in", _authenticators),
    Part("codes", "sign-in", _codes),
    Part("tokens", "sign-in", _tokens),
    Part("sessions", "sign-in", _sessions),
    Part("sign_ins", "security", _sign_ins, "sign_in_days"),
    Part("devices", "security", _devices),
    Part("consents", "authorise", _consents),
    Part("grants", "authorise", _grants),
    Part("delegations", "authorise", _delegations),
    Part("notices", "inform", _notices, "letter_days"),
    Part("decisions", "security", _decisions, "decision_days"),
    Part("requests", "inform", _requests),
    Part("audit", "law", _audit),
)
