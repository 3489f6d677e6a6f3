"""Making a new factor, each in a transaction of its own.

What vouches for it is written into the assurance ledger and caps what it will ever be worth: a one-time code beside the
password, or a session that already has two factors. Bound by a password alone it is worth that level and no more.
Spec: NIST SP 800-63B-4 §4.1; house rule: a phished password does not enrol the thief's phone.
"""

import unicodedata
from dataclasses import replace

from idp.authn.assurance import assess, meets
from idp.authn.factors import FACTORS, passkey, totp
from idp.authn.next_step import VOUCHING_ACR
from idp.errors import Expired, ProofRejected
from idp.events import FactorBound
from idp.flows.context import Idp, Visit
from idp.flows.sign_in import budgets, challenge
from idp.flows.sign_in.passkey import passkeys_of
from idp.model import AAL1, Authenticator, FactorName, Interaction, Proof, Subject
from idp.secret import Secret

NAME_LENGTH = 60


def choose(interaction: Interaction, way: str) -> Interaction:
    """Which factor to make. Only what the dispatcher offered."""
    offered = interaction.stage.get("ways", "").split()
    if way not in offered:
        return interaction
    return replace(interaction, way="totp" if way == "totp" else "passkey", error=None)


def choose_again(interaction: Interaction) -> Interaction:
    """*Another way*."""
    return replace(interaction, way=None, error=None)


def vouch(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, typed: str) -> Interaction:
    """Take the one-time enrolment code. It is spent by the first right answer."""
    cleaned = clean_code(typed)
    if not cleaned:
        return replace(interaction, error="empty")
    budget = budgets.for_factor(idp, visit, f"{subject.id}:enrolment")
    if not budget.heard:
        budgets.warn(idp, visit, budget, subject.id)
        return replace(interaction, error="wait")
    with idp.ports.truth.begin() as tx:
        spent = tx.authenticators.spend_code(subject.id, hash_code(idp, cleaned), visit.now)
    if spent is None:
        return replace(interaction, error="wrong")
    budgets.succeeded(idp, budget)
    return replace(interaction, vouched_code=spent.id, error=None)


def clean_code(typed: str) -> str:
    """Letters and digits, upper case; what people type around them is dropped."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed).upper() if char.isascii() and char.isalnum())


def hash_code(idp: Idp, cleaned: str) -> str:
    """Keyed: an enrolment code is short enough to be read out, so a bare hash could be searched."""
    return idp.ports.sealer.digest("enrolment-code", cleaned)


def new_seed(idp: Idp, interaction: Interaction) -> Interaction:
    """A seed for a new app, sealed in the interaction until its first code proves that the app has it."""
    if interaction.stage.get("seed"):
        return interaction
    sealed = idp.ports.sealer.seal("enrol-seed", idp.ports.random(totp.SEED_BYTES))
    return idp.ports.brief.save_interaction(replace(interaction, stage={**interaction.stage, "seed": sealed}))


def seed_of(idp: Idp, interaction: Interaction) -> Secret[bytes]:
    sealed = interaction.stage.get("seed")
    if not sealed:
        raise Expired("no seed under way")
    return Secret(idp.ports.sealer.open("enrol-seed", sealed))


def finish_totp(
    idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, proofs: tuple[Proof, ...], typed: str, name: str
) -> Interaction:
    """The first code of the new app makes it a factor; that code is spent."""
    _require_vouched(interaction, proofs)
    budget = budgets.for_factor(idp, visit, f"{subject.id}:enrol-totp")
    if not budget.heard:
        return replace(interaction, error="wait")
    seed = seed_of(idp, interaction)
    try:
        step = totp.verify(seed, typed, visit.now, None)
    except ProofRejected as rejected:
        return replace(interaction, error="wrong" if typed.strip() else "empty", stage=_clock(interaction, rejected))
    budgets.succeeded(idp, budget)
    return _bind(idp, visit, interaction, subject, proofs, "totp", seed, {"last_step": step}, name)


def passkey_options(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject) -> str:
    """JSON for the browser, with a fresh challenge."""
    return passkey.registration_options(
        idp.party,
        challenge.make(idp, interaction, visit.now),
        passkey.handle_of(subject.id),
        subject.mail or subject.identifiers[0],
        subject.display_name.in_language(interaction.language),
        passkeys_of(idp, subject.id),
    )


def finish_passkey(
    idp: Idp,
    visit: Visit,
    interaction: Interaction,
    subject: Subject,
    proofs: tuple[Proof, ...],
    response: str,
    name: str,
) -> Interaction:
    """A new passkey that this browser made just now."""
    _require_vouched(interaction, proofs)
    try:
        expected = challenge.take(idp, interaction, response, visit.now)
        registered = passkey.verify_registration(idp.party, response, expected)
        if idp.ports.truth.authenticators.by_credential_id(registered.credential_id) is not None:
            raise ProofRejected("that credential is somebody's already")
    except ProofRejected:
        return replace(interaction, error="passkey")
    return _bind(idp, visit, interaction, subject, proofs, "passkey", None, registered.state, name)


def _bind(
    idp: Idp,
    visit: Visit,
    interaction: Interaction,
    subject: Subject,
    proofs: tuple[Proof, ...],
    factor: FactorName,
    secret: Secret[bytes] | None,
    state: dict[str, object],
    name: str,
) -> Interaction:
    kind = FACTORS[factor]
    bound_acr = kind.best if _vouched(interaction, proofs) else AAL1
    by = tuple(proof.factor for proof in proofs) + ((interaction.vouched_code,) if interaction.vouched_code else ())
    made_here = " · ".join(filter(None, (visit.browser, visit.system))) if factor == "passkey" else ""
    label = " ".join(name.split())[:NAME_LENGTH] or made_here
    authenticator = Authenticator(
        idp.id("factor"), subject.id, factor, label, secret, state, bound_acr, by, visit.now, visit.now
    )
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add(authenticator)
        tx.record(
            FactorBound(
                subject_id=subject.id,
                sid=interaction.session_sid,
                network=visit.network,
                country=visit.place.country,
                factor=factor,
                authenticator_id=authenticator.id,
                acr=bound_acr,
                by=by,
            )
        )
    stage = {key: value for key, value in interaction.stage.items() if key not in ("seed", "enrolling")}
    return replace(
        interaction,
        subject_id=subject.id,
        proofs=(*interaction.proofs, kind.proof(authenticator, visit.now)),
        enrolling=False,
        way=None,
        error=None,
        stage=stage,
    )


def _vouched(interaction: Interaction, proofs: tuple[Proof, ...]) -> bool:
    acr, _ = assess(proofs)
    return interaction.vouched_code is not None or meets(acr, VOUCHING_ACR)


def _require_vouched(interaction: Interaction, proofs: tuple[Proof, ...]) -> None:
    """The page came before the code, or somebody posts to it directly."""
    if not proofs or not _vouched(interaction, proofs):
        raise Expired("nothing vouches for a new factor")


def _clock(interaction: Interaction, rejected: ProofRejected) -> dict[str, str]:
    if isinstance(rejected, totp.ClockOff):
        return {**interaction.stage, "clock": str(rejected.minutes)}
    return interaction.stage
