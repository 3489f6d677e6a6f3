"""A smart card: read at the address where the proxy asks for certificates, believed at the address of the sign-in.

`read` looks at the certificate and answers with a sealed slip for one interaction; the browser carries it back to the
sign-in's own address, where the cookie that binds the interaction is, and `prove` takes it there, once. So nobody can
have a card read into a sign-in that was begun in another browser. A card is mapped to exactly one person: a name that
nobody has, or two have, lets nobody in. Spec: RFC 8176 (`sc`, `user`); NIST SP 800-63B-4 §3.1.7.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from idp.authn.factors import certificate
from idp.errors import Ambiguous, Invalid, ProofRejected, Unavailable
from idp.flows.context import Idp, Visit, hash_of
from idp.flows.people import read_again, take_over
from idp.flows.sign_in import budgets
from idp.flows.sign_in.password import remember_failure
from idp.model import AAL2_PHR, AAL3, Department, FactorName, Interaction, Proof, Signposts, Subject
from idp.oidc.certificates import ClientCertificate

LIFE = timedelta(minutes=2)
"""Between the card's address and ours."""
PURPOSE = "card"
SEEN = timedelta(days=180)
"""How long a card that was used is thought to be still there."""
AMR = ("sc", "user")
ERRORS = ("certificate", "card-away")
"""What the page says: not accepted, whatever the reason; or that it cannot be said."""
log = logging.getLogger("gerege.certificates")


@dataclass(frozen=True, slots=True)
class _Owner:
    subject: Subject
    degraded: bool = False


def offered(idp: Idp) -> bool:
    """Whether people may sign in by smart card here."""
    return bool(idp.ports.revocation_lists.trusted) and bool(idp.settings.certificates.mapping)


def worth(idp: Idp) -> str:
    """What the settings say of the cards of these authorities."""
    return AAL3 if idp.settings.certificates.assurance == "aal3" else AAL2_PHR


def ways(idp: Idp, subject: Subject, now: datetime) -> tuple[tuple[FactorName, str], ...]:
    """The card as one more way, for whoever has signed in with one: nothing is enrolled that would tell."""
    if not offered(idp) or subject.department_id not in idp.settings.certificates.mapping:
        return ()
    seen = idp.ports.truth.history.sign_ins(subject.id, now - SEEN, 100)
    return (("certificate", worth(idp)),) if any("certificate" in one.factors for one in seen) else ()


def read(idp: Idp, shown: ClientCertificate | None, interaction_id: str, now: datetime) -> str:
    """What was shown, sealed for that interaction: whose it is, why it is refused, or that this cannot be said."""
    told = {"for": hash_of(interaction_id), "at": now.timestamp(), "once": idp.id("card")}
    try:
        subject_id, degraded = _owner_of(idp, shown, now)
        told |= {"subject": subject_id, "degraded": degraded}
    except _Refused as refused:
        log.warning("a smart card was refused: %s", refused.detail)
        told |= {"why": refused.detail, "of": refused.subject_id or ""}
    except Unavailable as away:
        log.error("smart cards are not accepted: %s: %s", away.what, away.detail)
        told |= {"away": away.what}
    return idp.ports.sealer.seal(PURPOSE, json.dumps(told).encode())


def prove(idp: Idp, visit: Visit, interaction: Interaction, slip: str) -> Interaction:
    """Take what `read` answered. One public sentence for every reason."""
    budget = budgets.for_passkey(idp, visit)
    of: Subject | None = None
    try:
        if not budget.heard:
            raise ProofRejected("throttled")
        told = _opened(idp, interaction, slip, visit.now)
        if "away" in told:
            return replace(interaction, error="card-away")
        of = idp.ports.truth.people.get(told.get("subject") or told.get("of") or "")
        if "why" in told or of is None:
            raise ProofRejected(str(told.get("why", "unknown")))
        if of.disabled:
            raise ProofRejected("disabled")
        if interaction.stage.get("step") != "identify" and interaction.subject_id not in (None, of.id):
            raise ProofRejected("user: the card of somebody else")
    except ProofRejected as rejected:
        budgets.warn(idp, visit, budget, of.id if of else None)
        if of is not None:
            remember_failure(idp, visit, interaction, of, "certificate", rejected.detail)
        return replace(interaction, error="certificate")
    budgets.succeeded(idp, budget)
    same = interaction.subject_id == of.id
    return replace(
        interaction,
        subject_id=of.id,
        identifier=of.identifiers[0],
        department_id=of.department_id,
        proofs=(*(interaction.proofs if same else ()), Proof("certificate", None, visit.now, AMR, worth(idp))),
        degraded=bool(told.get("degraded")),
        error=None,
    )


class _Refused(ProofRejected):
    """With whose card it is, where that is known: for their history."""

    def __init__(self, detail: str, subject_id: str | None = None) -> None:
        super().__init__(detail)
        self.subject_id = subject_id


def _owner_of(idp: Idp, shown: ClientCertificate | None, now: datetime) -> tuple[str, bool]:
    """Raises _Refused, Unavailable."""
    rules = idp.settings.certificates
    if shown is None:
        raise _Refused("none: the proxy handed over no certificate")
    limits = certificate.Rules(frozenset(rules.ekus), timedelta(hours=rules.crl_grace_hours), rules.crl_required)
    lists = idp.ports.revocation_lists
    try:
        authorities = certificate.authorities(lists.trusted)
        card = certificate.verify(shown.der, authorities, lists.current(), limits, now)
    except ValueError as error:
        raise _Refused(f"chain: {error}") from error
    except ProofRejected as rejected:
        # A name that no authority vouches for may be anybody's: nobody's history is written by it.
        vouched_for = rejected.detail.startswith(("revoked", "purpose"))
        raise _Refused(rejected.detail, _whose(idp, shown) if vouched_for else None) from rejected
    names = _names(idp, card)
    try:
        found = [owner for department, name in names for owner in _people(idp, department, name, now)]
    except Ambiguous as error:
        raise _Refused("unknown: more than one person has that name") from error
    except ProofRejected as rejected:
        raise _Refused(rejected.detail, _whose(idp, shown)) from rejected
    if len({one.subject.id for one in found}) != 1:
        raise _Refused(f"unknown: {len(found)} people fit it")
    return found[0].subject.id, found[0].degraded


def _names(idp: Idp, card: Any) -> list[tuple[Department, str]]:
    """(department, name there), for each mapped department that keeps such names."""
    departments = idp.ports.truth.configuration().departments
    mapped = {one: kind for one, kind in idp.settings.certificates.mapping.items() if one in departments}
    found = [(departments[one], name) for one, kind in mapped.items() if (name := certificate.name_of(card, kind))]
    return [(one, name) for one, name in found if _keeps(one, name, [departments[key] for key in mapped])]


def _keeps(department: Department, name: str, mapped: list[Department]) -> bool:
    """A name with a domain that one of these departments calls its own is looked for there alone."""
    whose = Signposts(mapped).named_by(name)
    return whose is None or whose.id == department.id


def _people(idp: Idp, department: Department, name: str, now: datetime) -> Iterator[_Owner]:
    """Whoever has that name there, known here or to the directory alone. Raises ProofRejected, Unavailable."""
    known = idp.ports.truth.people.find(name, department.id)
    if known is not None:
        if known.disabled:
            raise ProofRejected("disabled")
        yield _Owner(known, read_again(idp, known, now))
        return
    connector = idp.ports.directories.of(department)
    entry = connector.find(name) if connector is not None else None
    if entry is not None:
        yield _Owner(take_over(idp, department, entry, now))


def _whose(idp: Idp, shown: ClientCertificate) -> str | None:
    """Whose history a refused card belongs to: only if it names one person whom we know. It proves nothing."""
    try:
        card = certificate.parsed(shown.der)
        found = [idp.ports.truth.people.find(name, one.id) for one, name in _names(idp, card)]
    except (ValueError, Ambiguous):
        return None
    known = {one.id for one in found if one is not None}
    return known.pop() if len(known) == 1 else None


def _opened(idp: Idp, interaction: Interaction, slip: str, now: datetime) -> dict[str, Any]:
    """Raises ProofRejected: not ours, of another interaction, old, or used."""
    try:
        told: dict[str, Any] = json.loads(idp.ports.sealer.open(PURPOSE, slip))
    except Invalid as error:
        raise ProofRejected("challenge: not our slip") from error
    if told["for"] != interaction.id_hash:
        raise ProofRejected("challenge: of another interaction")
    if not -1 <= now.timestamp() - told["at"] <= LIFE.total_seconds():
        raise ProofRejected("challenge: too old")
    if not idp.ports.brief.spend(PURPOSE, hash_of(told["once"]), LIFE * 2):
        raise ProofRejected("challenge: was used")
    return told
