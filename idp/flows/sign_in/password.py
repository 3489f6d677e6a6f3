"""The password: checked by a bind at the department's own directory, or here for people who have none.

One failure for every reason: unknown, wrong, disabled, throttled. A try that has no budget is not looked at, so a
stranger's guesses never reach a directory's lock-out. Spec: NIST SP 800-63B-4 §3.1.1, §3.2.2; ASVS 5.0 V6.3.
"""

import re
from dataclasses import dataclass, replace

from idp.errors import Ambiguous, ProofRejected
from idp.events import SignInFailed
from idp.flows.context import Idp, Visit
from idp.flows.people import take_over
from idp.flows.sign_in import budgets
from idp.flows.sign_in.identify import bare
from idp.model import AAL1, Department, Entry, Interaction, PasswordState, Proof, SignIn, Subject
from idp.ports import Connector
from idp.secret import Secret

WORDS = {word: word for word in ("wrong", "unknown", "disabled", "gone", "throttled", "shape", "used", "clock")} | {
    "bind": "wrong",
    "no": "gone",
    "assertion": "forged",
    "challenge": "forged",
    "passkey": "foreign",
    "user": "foreign",
    "counter": "cloned",
}
"""First word of a rejection's detail → the closed word of history and log; what is not here is `rejected`."""
LONGEST = 1024
"""Characters; longer ones are not passwords."""


@dataclass(frozen=True, slots=True)
class _Try:
    """One try: whose, from where, and what it may cost."""

    department: Department
    identifier: str
    known_as: Subject | None
    entry: Entry | None
    account: str
    budget: budgets.Budget


def prove(idp: Idp, visit: Visit, interaction: Interaction, password: Secret[str]) -> Interaction:
    """Take a password. Raises: Unavailable (the directory, the counters): never a yes."""
    department = idp.department(interaction.department_id or "")
    if department is None or interaction.identifier is None:
        return replace(interaction, department_id=None, error=None)
    attempt = _open_try(idp, visit, department, bare(interaction.identifier))
    try:
        subject, state = _verify(idp, visit, attempt, password)
    except ProofRejected as rejected:
        _remember_failure(idp, visit, interaction, attempt, rejected.detail)
        return replace(interaction, error="wrong")
    budgets.succeeded(idp, attempt.budget)
    if state.expired or (state.must_change and state.grace_left is None):
        return replace(interaction, error="expired" if state.expired else "must_change")
    proof = Proof("password", None, visit.now, ("pwd",), AAL1)
    return replace(
        interaction,
        subject_id=subject.id,
        proofs=(proof,),
        degraded=False,
        error=None,
        stage={**interaction.stage, "account": attempt.account},
    )


def account_of(idp: Idp, department: Department, identifier: str) -> str:
    """Keyed digest of a name in a department, whether or not anybody has it."""
    return idp.ports.sealer.digest("account", f"{department.id}|{' '.join(identifier.split()).casefold()}")


def _open_try(idp: Idp, visit: Visit, department: Department, identifier: str) -> _Try:
    """Count before looking."""
    subject = idp.ports.truth.people.find(identifier, department.id)
    device = visit.device_hash
    known = (
        subject is not None and device is not None and idp.ports.truth.sessions.device(device, subject.id) is not None
    )
    connector = idp.ports.directories.of(department)
    entry = _entry(connector, identifier) if connector is not None else None
    # Every name of one person is one account, or each alias would bring a budget of its own.
    name = entry.stable_id if entry is not None else subject.id if subject is not None else identifier
    account = account_of(idp, department, name)
    threshold = connector.lockout_threshold() if connector is not None else None
    budget = budgets.for_password(idp, visit, account, known, threshold)
    return _Try(department, identifier, subject, entry, account, budget)


def _entry(connector: Connector, identifier: str) -> Entry | None:
    """Nobody's when the directory has more than one of that name: the page must not tell."""
    try:
        return connector.find(identifier)
    except Ambiguous:
        return None


def _verify(idp: Idp, visit: Visit, attempt: _Try, password: Secret[str]) -> tuple[Subject, PasswordState]:
    connector = idp.ports.directories.of(attempt.department)
    if not attempt.budget.heard:
        raise ProofRejected("throttled")
    if not password or len(password.reveal()) > LONGEST or "\0" in password.reveal():
        raise ProofRejected("shape")
    if connector is None:
        return _verify_local(idp, attempt.known_as, password), PasswordState()
    if attempt.entry is None:
        raise ProofRejected("unknown")
    state = connector.verify_password(attempt.entry, password)
    return take_over(idp, attempt.department, attempt.entry, visit.now), state


def _verify_local(idp: Idp, subject: Subject | None, password: Secret[str]) -> Subject:
    """Argon2id; an unknown person costs the same as a known one."""
    held = [one for one in idp.ports.truth.authenticators.of(subject.id) if one.factor == "password"] if subject else []
    stored = held[0].secret if held and held[0].disabled_at is None else None
    if not idp.ports.passwords.verify(stored, password) or subject is None or stored is None:
        raise ProofRejected("wrong" if subject else "unknown")
    if subject.disabled:
        raise ProofRejected("disabled")
    if idp.ports.passwords.is_old(stored):
        with idp.ports.truth.begin() as tx:
            tx.authenticators.change_secret(held[0].id, idp.ports.passwords.hash(password))
    return subject


def _remember_failure(idp: Idp, visit: Visit, interaction: Interaction, attempt: _Try, reason: str) -> None:
    """In the person's history and the log when there is a person; strangers are only added up."""
    subject = attempt.known_as
    budgets.warn(idp, visit, attempt.budget, subject.id if subject else None)
    if subject is not None and attempt.budget.heard:
        remember_failure(idp, visit, interaction, subject, "password", reason)


def remember_failure(
    idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, factor: str, reason: str
) -> None:
    """One failed proof of a known person."""
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
    )
    with idp.ports.truth.begin() as tx:
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
