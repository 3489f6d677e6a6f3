"""A temporary access pass: whoever lost everything types the name and the pass, and may enrol one new factor.

It is no proof for an application and gives no session: `next_step` offers nothing but enrolment behind it, and what
that binds is worth no more than the help desk that made the pass could see. Spec: NIST SP 800-63B-4 §4.2.
Raises Unavailable when the person's directory is away beyond the grace: a leaver must not come back by a pass.
"""

from dataclasses import replace

from idp.authn.factors import FACTORS, access_pass
from idp.events import AccessPassUsed
from idp.flows.context import Idp, Visit
from idp.flows.sign_in import budgets, named, own_tries
from idp.flows.sign_in.enrol import hash_code
from idp.model import EnrolmentCode, Interaction, Subject


def prove(idp: Idp, visit: Visit, interaction: Interaction, proved: Subject | None, typed: str) -> Interaction:
    """Take a pass. One answer for a name that nobody has, a wrong, spent, waiting or late pass, and another's."""
    cleaned = access_pass.clean(typed)
    if not cleaned:
        return replace(interaction, way="pass", error="empty")
    begun = idp.ports.passwords.begin()
    who = named.whom(idp, interaction, proved)
    budget = budgets.for_factor(idp, visit, f"{who.key}:pass")
    spent = _spend(idp, visit, interaction, who, cleaned) if budget.heard else None
    degraded = named.in_force(idp, visit, who.subject) if spent is not None else None
    if spent is None or who.subject is None or degraded is None:
        named.refused(idp, visit, interaction, who, budget, "pass", begun)
        return replace(interaction, way="pass", error="wrong" if budget.heard else "wait")
    budgets.succeeded(idp, budget)
    own_tries.reopen(idp, who.subject)
    same = interaction.subject_id in (None, who.subject.id)
    return replace(
        interaction,
        subject_id=who.subject.id,
        proofs=(*(interaction.proofs if same else ()), FACTORS["pass"].presented(visit.now)),
        vouched_code=spent.id,
        vouched_acr=spent.ceiling,
        degraded=degraded,
        way=None,
        error=None,
    )


def _spend(idp: Idp, visit: Visit, interaction: Interaction, who: named.Named, cleaned: str) -> EnrolmentCode | None:
    with idp.ports.truth.begin() as tx:
        spent = tx.authenticators.spend_code(who.id, hash_code(idp, cleaned), visit.now, "pass")
        if spent is not None:
            tx.record(
                AccessPassUsed(
                    subject_id=who.id,
                    client_id=interaction.request.client_id,
                    network=visit.network,
                    country=visit.place.country,
                    code_id=spent.id,
                    acr=spent.ceiling,
                )
            )
    return spent
