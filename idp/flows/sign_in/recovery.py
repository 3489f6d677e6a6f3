"""Saved recovery codes: taken at a sign-in, made anew, kept only when their owner says that they are saved.

Spec: NIST SP 800-63B-4 §3.1.2, §4.2; ASVS 5.0 V6.5.1 (each once). A set waits in the form that shows it, sealed for
one person; nothing of it is in a store before it is confirmed, and then only keyed hashes.
Raises Unavailable when the person's directory is away beyond the grace: a leaver must not come back by a saved code.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from idp.authn import ledger
from idp.authn.assurance import meets
from idp.authn.factors import FACTORS
from idp.authn.factors import recovery as codes
from idp.errors import Conflict, Expired, Invalid
from idp.events import FactorBound, RecoveryCodeUsed
from idp.flows.context import Idp, Visit
from idp.flows.notices import seen, tell
from idp.flows.sign_in import budgets, named, own_tries
from idp.model import AAL2, Authenticator, Interaction, Proof, Subject

SHOWN_FOR = timedelta(minutes=30)
"""A set that is not confirmed by then is none."""


class _NotYet(Exception):
    """Nothing of the transaction is kept: a right code that would be spent for nothing stays good."""


def prove(idp: Idp, visit: Visit, interaction: Interaction, proved: Subject | None, typed: str) -> Interaction:
    """Take a saved code. `proved`: who has proved something already; None is whoever the typed name means."""
    if not typed.strip():
        return replace(interaction, way="recovery", error="empty")
    begun = idp.ports.passwords.begin()
    who = named.whom(idp, interaction, proved)
    budget = budgets.for_factor(idp, visit, f"{who.key}:recovery")
    leads_on = own_tries.can_be_heard(idp, visit, interaction, who.subject)
    try:
        spent = _spend(idp, visit, interaction, who, codes.clean(typed), leads_on) if budget.heard else None
    except _NotYet:
        budgets.succeeded(idp, budget)
        return replace(interaction, way="recovery", error="later")
    degraded = named.in_force(idp, visit, who.subject) if spent is not None else None
    if spent is None or who.subject is None or degraded is None:
        named.refused(idp, visit, interaction, who, budget, "recovery", begun)
        return replace(interaction, way="recovery", error="wrong" if budget.heard else "wait")
    budgets.succeeded(idp, budget)
    own_tries.reopen(idp, who.subject)
    same = interaction.subject_id in (None, who.subject.id)
    return replace(
        interaction,
        subject_id=who.subject.id,
        proofs=(*(interaction.proofs if same else ()), FACTORS["recovery"].proof(spent, visit.now)),
        degraded=degraded,
        way=None,
        error=None,
        stage={**interaction.stage, "left": str(idp.ports.truth.authenticators.recovery_left(who.subject.id))},
    )


def _spend(
    idp: Idp, visit: Visit, interaction: Interaction, who: named.Named, code: str, leads_on: bool
) -> Authenticator | None:
    """The set, for the one try that spends a live code of it; its owner hears of it. Raises _NotYet."""
    with idp.ports.truth.begin() as tx:
        set_id = tx.authenticators.spend_recovery(who.id, hash_of(idp, code), visit.now)
        if set_id is None or who.subject is None:
            return None
        if not leads_on:
            raise _NotYet
        left = tx.authenticators.recovery_left(who.id)
        tx.record(
            RecoveryCodeUsed(
                subject_id=who.id,
                client_id=interaction.request.client_id,
                network=visit.network,
                country=visit.place.country,
                authenticator_id=set_id,
                left=left,
            )
        )
        tell(idp, tx, who.id, "recovery-used", left=str(left), **seen(visit))
    return next((one for one in idp.ports.truth.authenticators.of(who.id) if one.id == set_id), None)


def told(interaction: Interaction) -> Interaction:
    """How many are left was said."""
    return replace(interaction, stage={key: value for key, value in interaction.stage.items() if key != "left"})


def new_set(idp: Idp, subject: Subject, now: datetime) -> tuple[tuple[str, ...], str]:
    """(ten codes as they are shown, the same sealed for their confirmation)."""
    made = codes.make(idp.ports.random)
    waiting = {"id": idp.id("factor"), "subject": subject.id, "at": now.timestamp(), "codes": made}
    return tuple(codes.shown(one) for one in made), idp.ports.sealer.seal(
        "recovery-codes", json.dumps(waiting).encode()
    )


def shown_again(idp: Idp, sealed: str) -> tuple[str, ...]:
    """The codes of a form that came back unticked."""
    return tuple(codes.shown(one) for one in json.loads(idp.ports.sealer.open("recovery-codes", sealed))["codes"])


def keep(idp: Idp, visit: Visit, subject: Subject, proofs: tuple[Proof, ...], sealed: str) -> bool:
    """The set counts from now on, and the one before it no more. False: that form was sent before.

    Raises Expired: it waited too long, it is somebody else's, or nothing vouches for it.
    """
    try:
        waiting = json.loads(idp.ports.sealer.open("recovery-codes", sealed))
    except Invalid as error:
        raise Expired("not a set of ours") from error
    held = idp.ports.truth.authenticators.of(subject.id)
    vouched = ledger.vouches(proofs, held)
    if waiting["subject"] != subject.id or not meets(vouched, ledger.VOUCHING_ACR):
        raise Expired("a set of somebody else, or nothing vouches for it")
    if any(one.id == waiting["id"] for one in held):
        return False
    if visit.now.timestamp() - waiting["at"] > SHOWN_FOR.total_seconds():
        raise Expired("the codes were shown too long ago")
    by = tuple(proof.factor for proof in proofs)
    made = Authenticator(waiting["id"], subject.id, "recovery", "", None, {}, AAL2, by, visit.now)
    try:
        with idp.ports.truth.begin() as tx:
            tx.authenticators.add_recovery(made, [hash_of(idp, one) for one in waiting["codes"]])
            tx.record(
                FactorBound(
                    subject_id=subject.id,
                    network=visit.network,
                    country=visit.place.country,
                    factor="recovery",
                    authenticator_id=made.id,
                    acr=AAL2,
                    by=by,
                )
            )
            tell(idp, tx, subject.id, "recovery-made", count=str(len(waiting["codes"])), **seen(visit))
    except Conflict:
        return False
    return True


def hash_of(idp: Idp, code: str) -> str:
    """Keyed and fast: there are too many codes to search."""
    return idp.ports.sealer.digest("recovery-code", code)
