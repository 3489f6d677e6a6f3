"""What people prove themselves with comes along: hashes, seeds, passkeys. Each once, and never what was removed here.

Each authenticator remembers a digest of what it came from, so that a second run knows it, whatever became of it since.
A new password at the source replaces the one that came, as long as nobody chose another here.
Spec: NIST SP 800-63B-4 §4.1.2; `docs/adr/0017` (the ledger).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from idp.authn import passwords
from idp.events import FactorBound
from idp.flows.migration.difference import Case, Wanted
from idp.flows.migration.moved import MovedCodes, MovedPasskey, MovedPassword
from idp.flows.password import rules_for
from idp.model import AAL1, AAL2, AAL2_PHR, Authenticator, Subject
from idp.ports import Tx
from idp.secret import Secret

CAME = "came"
"""Key of an authenticator's state: the digest of what it was made from."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One authenticator to be written. instead_of: the one whose secret it replaces."""

    factor: Literal["password", "totp", "passkey"]
    label: str
    secret: Secret[bytes] | None
    state: dict[str, object]
    aaguid: str | None = None
    instead_of: Authenticator | None = None


def new_ones(case: Case, one: Wanted) -> Iterator[Bound]:
    """Those of this person that are not here yet, and never were."""
    held = case.idp.ports.truth.authenticators.of(one.held.id) if one.held is not None else ()
    known = {str(each.state.get(CAME)) for each in held if CAME in each.state}
    person = one.person
    if person.password is not None and (bound := _password(case, person.password, held, known)):
        yield bound
    for codes in person.codes:
        if (came := _digest(case, codes.seed.reveal())) not in known:
            yield _codes(codes, came)
    for key in person.passkeys:
        if (came := _digest(case, key.credential_id.encode())) not in known:
            yield _passkey(key, came)


def write(case: Case, tx: Tx, subject: Subject, bound: Bound, reason: str, *, by: str) -> None:
    """One authenticator with its event."""
    worth = _worth(case, bound)
    if bound.instead_of is not None and bound.secret is not None:
        own = bound.instead_of.id
        tx.authenticators.change_secret(own, bound.secret)
        tx.authenticators.change(replace(bound.instead_of, state=bound.state))
    else:
        own = case.idp.id("factor")
        made = (f"administrator:{by}",)
        tx.authenticators.add(
            Authenticator(
                id=own,
                subject_id=subject.id,
                factor=bound.factor,
                label=bound.label,
                secret=bound.secret,
                state=bound.state,
                bound_acr=worth,
                bound_by=made,
                created_at=case.now,
                aaguid=bound.aaguid,
            )
        )
    tx.record(
        FactorBound(
            subject_id=subject.id, factor=bound.factor, authenticator_id=own, acr=worth, by=(by,), reason=reason
        )
    )


def _worth(case: Case, bound: Bound) -> str:
    """What nobody answers for is worth a password: at the source, a stolen password may have bound it."""
    if not case.wishes.vouched or bound.factor == "password":
        return AAL1
    return AAL2 if bound.factor == "totp" else AAL2_PHR


def _password(case: Case, one: MovedPassword, held: Sequence[Authenticator], known: set[str]) -> Bound | None:
    came = _digest(case, one.stored.reveal())
    if came in known:
        return None
    mine = [each for each in held if each.factor == "password"]
    if any(CAME not in each.state or each.disabled_at is not None for each in mine):
        return None  # chosen here, or ended here: what the source says now is old
    rule = rules_for(case.idp, case.department)
    due: passwords.Due | None = "set" if one.must_change else None
    state = passwords.remembered({}, None, rule, one.made_at or case.now, due=due, until=None)
    return Bound("password", "", one.stored, {**state, CAME: came}, instead_of=mine[0] if mine else None)


def _codes(one: MovedCodes, came: str) -> Bound:
    shape = {"algorithm": one.algorithm, "digits": one.digits, "period": one.period}
    return Bound("totp", one.label, one.seed, {**shape, CAME: came})


def _passkey(one: MovedPasskey, came: str) -> Bound:
    """Whether it can leave its device was not said, so that it is taken as one that can."""
    state: dict[str, object] = {
        "credential_id": one.credential_id,
        "public_key": one.public_key,
        "counter": one.counter,
        "aaguid": one.aaguid or "",
        "user_verified": True,
        "backup_eligible": True,
        "backed_up": True,
        "attestation": "none",
        "attested": False,
        "hardware": False,
        "transports": list(one.transports),
        CAME: came,
    }
    return Bound("passkey", one.label, None, state, one.aaguid)


def _digest(case: Case, octets: bytes) -> str:
    return case.idp.ports.sealer.digest("migration", octets.hex())
