"""Passwords that are kept here: whether a new one is fit, how it is written, and a person's own change.

Spec: NIST SP 800-63B-4 §3.1.1.2; ASVS 5.0 V6.2 (the current one to change), V6.4 (what others made is changed at once).
Deliberately not here: what is asked at a sign-in (`idp.flows.sign_in`), and the passwords of directories.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from idp.authn import passwords as rules
from idp.authn.passwords import Due, Refusal, Rules
from idp.errors import Forged, Invalid, ProofRejected
from idp.events import FactorBound
from idp.flows import notices, sessions
from idp.flows.built_in import ACCOUNT
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.sign_in import budgets
from idp.flows.sign_in.password import account_of
from idp.model import AAL1, Authenticator, Department, Interaction, Subject
from idp.ports import Tx
from idp.secret import Secret


class NotFit(Invalid):
    """A new password is refused: for which reasons, and what would help. Nothing of what was typed."""

    def __init__(self, refusals: tuple[Refusal, ...], advice: tuple[str, ...], rule: Rules) -> None:
        super().__init__("\n".join(TOLD[one] % {"least": rule.least, "longest": rules.LONGEST} for one in refusals))
        self.refusals, self.advice, self.rule = refusals, advice, rule


TOLD: dict[Refusal, str] = {
    "short": "a password has %(least)s to %(longest)s characters",
    "long": "a password has %(least)s to %(longest)s characters",
    "kinds": "it needs three of: small letters, capitals, digits, other signs",
    "context": "a password must not be the name, nor be made of words around the person",
    "common": "it is among those that are guessed first",
    "breached": "it was found in a breach",
    "blocked": "it is on the list of passwords that nobody may choose here",
    "earlier": "it was used before",
    "same": "it is the present one",
}
"""For the command line; pages have words of their own."""


def rules_for(idp: Idp, department: Department | None) -> Rules:
    return rules.rules_of(department.settings if department else {}, demonstration=idp.settings.mode == "demonstration")


def held_by(idp: Idp, subject_id: str) -> Authenticator | None:
    """The live password of a person."""
    held = idp.ports.truth.authenticators.of(subject_id)
    return next((one for one in held if one.factor == "password" and one.disabled_at is None), None)


def due_of(idp: Idp, subject: Subject, interaction: Interaction, now: datetime) -> Due | None:
    """Why a new one must be chosen before this sign-in goes on; asked of whoever proved the password in it."""
    if not any(proof.factor == "password" for proof in interaction.proofs):
        return None
    department = idp.department(subject.department_id)
    held = held_by(idp, subject.id) if department is not None and department.connector == "local" else None
    return rules.due(held.state, rules_for(idp, department), held.created_at, now) if held else None


def require_fit(
    idp: Idp, subject: Subject, held: Authenticator | None, password: Secret[str], more: Iterable[str] = ()
) -> None:
    """Args: more: words besides, such as the application's name. Raises NotFit with everything that is wrong."""
    rule = rules_for(idp, idp.department(subject.department_id))
    around = (*words_around(idp, subject), *more)
    found = list(rules.refusals(password.reveal(), rule, around))
    if "long" not in found:
        known = idp.ports.passwords.known_as(password)
        found += [known] if known is not None and "common" not in found else []
        found += _earlier(idp, held, password) if not found else []
    if found:
        raise NotFit(tuple(found), rules.strength(password.reveal(), around).advice, rule)


def words_around(idp: Idp, subject: Subject) -> tuple[str, ...]:
    """What somebody who knows the person would try first."""
    department, server = idp.department(subject.department_id), idp.settings.server
    names = (subject.display_name.en, subject.display_name.zh, subject.mail or "", *subject.identifiers)
    kept = (department.id, department.name.en, department.name.zh) if department else ()
    return (*names, *kept, server.service_name_en, server.service_name_zh)


def words_of_applications(idp: Idp, subject: Subject) -> tuple[str, ...]:
    """Names of what this person signs in to, here included: the step of any of them would refuse these too."""
    known = idp.ports.truth.configuration().clients
    used = {one.client_id for one in idp.ports.truth.grants.of_subject(subject.id)} & known.keys()
    names = [ACCOUNT.name, *(known[name].name for name in sorted(used))]
    return tuple(word for name in names for word in (name.en, name.zh))


def put(
    idp: Idp,
    tx: Tx,
    subject: Subject,
    hashed: Secret[bytes],
    now: datetime,
    *,
    by: str,
    due: Due | None = None,
    until: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Theirs from now on, with the event, into a transaction.

    Args:
        due: why it must be changed at its first use; until: when it opens nothing any more, if nobody did.
    """
    rule = rules_for(idp, idp.department(subject.department_id))
    held = next((o for o in tx.authenticators.of(subject.id) if o.factor == "password" and o.disabled_at is None), None)
    former = held.secret.reveal().decode() if held is not None and held.secret is not None else None
    state = rules.remembered(held.state if held else {}, former, rule, now, due=due, until=until)
    if held is None:
        made = (f"administrator:{by}",) if by != subject.id else ("password",)
        held = Authenticator(idp.id("factor"), subject.id, "password", "", hashed, state, AAL1, made, now)
        tx.authenticators.add(held)
    else:
        tx.authenticators.change_secret(held.id, hashed)
        tx.authenticators.change(replace(held, state=state))
        tx.authenticators.used(held.id, held.last_used_at or now)
    tx.record(
        FactorBound(
            subject_id=subject.id, factor="password", authenticator_id=held.id, acr=AAL1, by=(by,), reason=reason
        )
    )


def replace_own(idp: Idp, tx: Tx, subject: Subject, hashed: Secret[bytes], now: datetime) -> None:
    """The person chose a new one: written, and told to them by mail."""
    put(idp, tx, subject, hashed, now, by=subject.id)
    notices.tell(idp, tx, subject.id, "password-changed")


def change_own(
    idp: Idp, visit: Visit, me: SignedInAs, current: Secret[str], new: Secret[str], *, end_others: bool
) -> int:
    """A new password instead of the current one. How many other sessions ended.

    Raises: ProofRejected: the current one is not right, or too many tries. NotFit. Forged: kept by a directory.
    """
    department = idp.department(me.subject.department_id)
    held = held_by(idp, me.subject.id)
    if department is None or department.connector != "local" or held is None:
        raise Forged("no password of this person is kept here")
    begun = idp.ports.passwords.begin()
    try:
        _require_current(idp, visit, me, department, held, current)
    except ProofRejected as rejected:
        idp.ports.passwords.even(department.id, begun, measured=rejected.detail == "wrong")
        raise
    require_fit(idp, me.subject, held, new, words_of_applications(idp, me.subject))
    hashed = idp.ports.passwords.hash(new)
    with idp.ports.truth.begin() as tx:
        replace_own(idp, tx, me.subject, hashed, visit.now)
        ended = 0
        for one in tx.sessions.of(me.subject.id, visit.now) if end_others else ():
            if one.sid != me.session.sid:
                ended += sessions.end(idp, tx, one.sid, visit.now, why="person", by=me.subject.id) is not None
    return ended


def _require_current(
    idp: Idp, visit: Visit, me: SignedInAs, department: Department, held: Authenticator, current: Secret[str]
) -> None:
    """Counted as the tries of a known device are: a session left open is no place to guess at."""
    budget = budgets.for_password(idp, visit, account_of(idp, department, me.subject.id), True, None)
    if not budget.heard:
        budgets.warn(idp, visit, budget, me.subject.id)
        raise ProofRejected("throttled")
    shape = bool(current) and len(current.reveal()) <= rules.LONGEST and "\0" not in current.reveal()
    if not shape or not idp.ports.passwords.verify(held.secret, current):
        with idp.ports.truth.begin() as tx:
            budgets.count_failure(idp, tx, visit, held)
        raise ProofRejected("wrong")
    budgets.succeeded(idp, budget)


def _earlier(idp: Idp, held: Authenticator | None, password: Secret[str]) -> list[Refusal]:
    """The present one again, or one of those that the regime remembers."""
    if held is None or held.secret is None:
        return []
    if idp.ports.passwords.verify(held.secret, password):
        return ["same"]
    kept = held.state.get("earlier")
    hashes = kept if isinstance(kept, list) else []
    return ["earlier"] if any(idp.ports.passwords.verify(Secret(str(one).encode()), password) for one in hashes) else []
