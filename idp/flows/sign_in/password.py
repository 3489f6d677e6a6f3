"""The password: checked by a bind at the department's own directory, or here for people who have none.

One failure for every reason, in the same time: unknown, wrong, disabled, throttled. A try that has no budget is not
looked at, so a stranger's guesses reach neither a directory's lock-out nor the ceiling at which a password is over.
Spec: NIST SP 800-63B-4 §3.1.1, §3.2.2; ASVS 5.0 V6.3.
"""

import re
from dataclasses import dataclass, replace

from idp.authn import passwords
from idp.authn.throttle import hears
from idp.errors import Ambiguous, ProofRejected
from idp.events import SignInFailed
from idp.flows.context import Idp, Visit
from idp.flows.people import take_over
from idp.flows.sign_in import budgets, renewed
from idp.flows.sign_in.identify import bare
from idp.model import AAL1, Authenticator, Department, Entry, Interaction, PasswordState, Proof, SignIn, Subject
from idp.ports import Connector
from idp.secret import Secret

WORDS = {
    word: word for word in ("wrong", "unknown", "disabled", "gone", "throttled", "shape", "used", "clock", "stale")
} | {
    "bind": "wrong",
    "no": "gone",
    "assertion": "forged",
    "challenge": "forged",
    "passkey": "foreign",
    "user": "foreign",
    "counter": "cloned",
    "chain": "untrusted",
    "none": "untrusted",
    "purpose": "unfit",
    "revoked": "revoked",
}
"""First word of a rejection's detail → the closed word of history and log; what is not here is `rejected`."""
UNGUESSABLE = frozenset({"passkey", "recovery", "pass", "certificate"})
"""Who has proved one of these in this sign-in is heard like a known device; and who has one to prove must, after a few
failures at a device that nobody knows."""


@dataclass(frozen=True, slots=True)
class _Try:
    """One try: whose, from where, and what it may cost."""

    department: Department
    identifier: str
    known_as: Subject | None
    entry: Entry | None
    account: str
    budget: budgets.Budget
    held: Authenticator | None
    """The password that is kept here."""
    heard: bool


def prove(
    idp: Idp, visit: Visit, interaction: Interaction, password: Secret[str], new: Secret[str] | None = None
) -> Interaction:
    """Take a password; `new`: what it shall be from now on, should its directory ask for another one.

    Raises: Unavailable (the directory, the counters): never a yes.
    """
    department = idp.department(interaction.department_id or "")
    if department is None or interaction.identifier is None:
        return replace(interaction, department_id=None, error=None)
    begun = idp.ports.passwords.begin()
    attempt = _open_try(idp, visit, department, interaction)
    try:
        subject, state = _verify(idp, visit, attempt, password)
    except ProofRejected as rejected:
        _remember_failure(idp, visit, interaction, attempt, rejected.detail, password)
        all_of_it = attempt.known_as is not None and rejected.detail not in ("throttled", "shape", "unknown")
        idp.ports.passwords.even(department.id, begun, measured=all_of_it)
        return replace(interaction, error="wrong")
    budgets.succeeded(idp, attempt.budget)
    if state.expired or (state.must_change and state.grace_left is None):
        due = "expired" if state.expired else "must_change"
        why = renewed.renew(idp, department, subject, attempt.entry, password, new) if new and attempt.entry else ""
        if why is not None:
            return replace(interaction, error=due, stage={**interaction.stage, "new_refused": why})
    proof = Proof("password", None, visit.now, ("pwd",), AAL1)
    return replace(
        interaction,
        subject_id=subject.id,
        proofs=(*(interaction.proofs if interaction.subject_id == subject.id else ()), proof),
        degraded=False,
        error=None,
        stage={**interaction.stage, "account": attempt.account},
    )


def account_of(idp: Idp, department: Department, identifier: str) -> str:
    """Keyed digest of a name in a department, whether or not anybody has it."""
    return idp.ports.sealer.digest("account", f"{department.id}|{' '.join(identifier.split()).casefold()}")


def _open_try(idp: Idp, visit: Visit, department: Department, interaction: Interaction) -> _Try:
    """Count before looking."""
    identifier = bare(interaction.identifier or "")
    subject = idp.ports.truth.people.find(identifier, department.id)
    device = visit.device_hash
    known = (
        subject is not None and device is not None and idp.ports.truth.sessions.device(device, subject.id) is not None
    )
    known = known or _has_proved(interaction, subject)
    connector = idp.ports.directories.of(department)
    entry = _entry(connector, identifier) if connector is not None else None
    # Every name of one person is one account, or each alias would bring a budget of its own.
    name = entry.stable_id if entry is not None else subject.id if subject is not None else identifier
    account = account_of(idp, department, name)
    threshold = connector.lockout_threshold() if connector is not None else None
    budget = budgets.for_password(idp, visit, account, known, threshold)
    factors = idp.ports.truth.authenticators.of(subject.id) if subject is not None else ()
    live = [one for one in factors if one.disabled_at is None]
    held = next((one for one in live if one.factor == "password"), None)
    heard = budget.heard and hears(
        known,
        any(one.factor in UNGUESSABLE for one in live),
        budget.strangers_tried,
        held.failures if held is not None else 0,
        idp.settings.guessing.stranger_burst,
    )
    return _Try(department, identifier, subject, entry, account, budget, held, heard)


def _has_proved(interaction: Interaction, subject: Subject | None) -> bool:
    """Something of this very person that nobody guesses."""
    mine = subject is not None and interaction.subject_id == subject.id
    return mine and any(proof.factor in UNGUESSABLE for proof in interaction.proofs)


def _entry(connector: Connector, identifier: str) -> Entry | None:
    """Nobody's when the directory has more than one of that name: the page must not tell."""
    try:
        return connector.find(identifier)
    except Ambiguous:
        return None


def _verify(idp: Idp, visit: Visit, attempt: _Try, password: Secret[str]) -> tuple[Subject, PasswordState]:
    connector = idp.ports.directories.of(attempt.department)
    if not attempt.heard:
        if connector is None and (attempt.budget.heard or budgets.also_of_network(idp, attempt.budget)):
            idp.ports.passwords.verify(None, password)  # as long as any other; the network has paid for it
        raise ProofRejected("throttled")
    if not password or len(password.reveal()) > passwords.LONGEST or "\0" in password.reveal():
        raise ProofRejected("shape")
    if connector is None:
        return _verify_local(idp, visit, attempt, password), PasswordState()
    if attempt.entry is None:
        raise ProofRejected("unknown")
    state = connector.verify_password(attempt.entry, password)
    return take_over(idp, attempt.department, attempt.entry, visit.now), state


def _verify_local(idp: Idp, visit: Visit, attempt: _Try, password: Secret[str]) -> Subject:
    """Argon2id; an unknown person costs the same as a known one."""
    subject, held = attempt.known_as, attempt.held
    stored = held.secret if held is not None else None
    if not idp.ports.passwords.verify(stored, password) or subject is None or stored is None or held is None:
        raise ProofRejected("wrong" if subject else "unknown")
    if subject.disabled:
        raise ProofRejected("disabled")
    if passwords.is_stale(held.state, visit.now):
        raise ProofRejected("stale")
    _remember_right(idp, visit, held, stored, password)
    return subject


def _remember_right(idp: Idp, visit: Visit, held: Authenticator, stored: Secret[bytes], password: Secret[str]) -> None:
    """It counts from none again; one that others know by now must be changed; an old hash is made anew."""
    known = "due" not in held.state and idp.ports.passwords.known_as(password) is not None
    sprayed = "due" not in held.state and not known and budgets.is_sprayed(idp, visit, password)
    rehashed = idp.ports.passwords.hash(password) if idp.ports.passwords.is_old(stored) else None
    with idp.ports.truth.begin() as tx:
        tx.authenticators.used(held.id, visit.now)
        if known or sprayed:
            state = {**held.state, "due": "breached" if known else "sprayed"}
            tx.authenticators.change(replace(held, state=state))
        if rehashed is not None:
            tx.authenticators.change_secret(held.id, rehashed)


def _remember_failure(
    idp: Idp, visit: Visit, interaction: Interaction, attempt: _Try, reason: str, password: Secret[str]
) -> None:
    """In the person's history and the log when there is a person; strangers are only added up."""
    subject = attempt.known_as
    budgets.warn(idp, visit, attempt.budget, subject.id if subject else None)
    if attempt.heard and reason != "shape":
        budgets.watch_spray(idp, visit, attempt.account, password)
    if subject is not None and attempt.heard:
        wrong = attempt.held if reason == "wrong" else None
        remember_failure(idp, visit, interaction, subject, "password", reason, wrong)


def remember_failure(
    idp: Idp,
    visit: Visit,
    interaction: Interaction,
    subject: Subject,
    factor: str,
    reason: str,
    authenticator: Authenticator | None = None,
) -> None:
    """One failed proof of a known person. `authenticator`: what the try counts against, towards its ceiling."""
    word = WORDS.get(re.split(r"[ :]", reason, maxsplit=1)[0], "rejected")
    row = SignIn(
        id=idp.id("try"),
        subject_id=subject.id,
        at=visit.now,
        outcome="failed",
        client_id=interaction.request.client_id,
        network=visit.network,
        country=visit.place.country,
        asn=visit.place.asn,
        browser=visit.browser,
        system=visit.system,
        device_hash=visit.device_hash,
        reason=word,
        factors=(factor,),
        city=visit.place.city,
        operator=visit.place.operator,
    )
    with idp.ports.truth.begin() as tx:
        if authenticator is not None:
            budgets.count_failure(idp, tx, visit, authenticator)
        tx.history.add_sign_in(row)
        tx.record(
            SignInFailed(
                subject_id=subject.id,
                client_id=interaction.request.client_id,
                network=visit.network,
                country=visit.place.country,
                factor=factor,
                why=word,
            )
        )
