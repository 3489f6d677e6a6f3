"""Making a new factor, each in a transaction of its own.

What vouches for it is written into the assurance ledger (`idp.authn.ledger`) and caps what it will ever be worth: a
one-time code beside the password, a temporary access pass, or a session that already has two factors.
Spec: NIST SP 800-63B-4 §4.1; house rule: a phished password does not enrol the thief's phone.
"""

from dataclasses import replace

from idp.authn import ledger
from idp.authn.assurance import meets
from idp.authn.authenticator_policy import ANY, Wanted
from idp.authn.factors import FACTORS, access_pass, totp
from idp.authn.next_step import Known, asks_for_more
from idp.errors import Expired, ProofRejected
from idp.events import FactorBound
from idp.flows.context import Idp, Visit
from idp.flows.notices import seen, tell
from idp.flows.sign_in import budgets, new_passkey
from idp.model import Authenticator, FactorName, Interaction, Proof, Subject
from idp.secret import Secret

NAME_LENGTH = 60


def choose(interaction: Interaction, way: str) -> Interaction:
    """Which factor to make. Only what the dispatcher offered."""
    offered = interaction.stage.get("ways", "").split()
    if way not in offered:
        return interaction
    return replace(interaction, way=way, error=None)  # type: ignore[arg-type]  # one of our own names


def choose_again(interaction: Interaction) -> Interaction:
    """*Another way*."""
    return replace(interaction, way=None, error=None)


class _TooLow(Exception):
    """Nothing of the transaction is kept, so that the code is not spent."""


def vouch(
    idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, typed: str, known: Known | None = None
) -> Interaction:
    """Take the one-time enrolment code. It is spent by the first right answer, where that leads on.

    Args:
        known: what the application asks for; a code that cannot vouch for that is said to be so, and stays good.
    """
    cleaned = clean_code(typed)
    if not cleaned:
        return replace(interaction, error="empty")
    budget = budgets.for_factor(idp, visit, f"{subject.id}:enrolment")
    if not budget.heard:
        budgets.warn(idp, visit, budget, subject.id)
        return replace(interaction, error="wait")
    try:
        with idp.ports.truth.begin() as tx:
            spent = tx.authenticators.spend_code(subject.id, hash_code(idp, cleaned), visit.now, "enrolment")
            if spent is not None and known is not None and asks_for_more(known, spent.ceiling):
                raise _TooLow
    except _TooLow:
        return replace(interaction, error="low")
    if spent is None:
        return replace(interaction, error="wrong")
    budgets.succeeded(idp, budget)
    return replace(interaction, vouched_code=spent.id, vouched_acr=spent.ceiling, error=None)


clean_code = access_pass.clean
"""An enrolment code and a pass are typed alike."""


def hash_code(idp: Idp, cleaned: str) -> str:
    """Keyed: an enrolment code or a pass is short enough to be read out, so a bare hash could be searched."""
    return idp.ports.sealer.digest("enrolment-code", cleaned)


def new_seed(idp: Idp, interaction: Interaction) -> Interaction:
    """A seed for a new app, sealed in the interaction until its first code proves that the app has it."""
    if interaction.stage.get("seed"):
        return interaction
    sealed = idp.ports.sealer.seal("enrol-seed", idp.ports.random(totp.SEED_BYTES[idp.settings.totp.algorithm]))
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
    shape = totp.new_shape(seed)
    try:
        step = totp.verify(seed, typed, visit.now, None, shape)
    except ProofRejected as rejected:
        return replace(interaction, error="wrong" if typed.strip() else "empty", stage=_clock(interaction, rejected))
    budgets.succeeded(idp, budget)
    return _bind(
        idp, visit, interaction, subject, proofs, "totp", seed, {"last_step": step, "algorithm": shape.algorithm}, name
    )


def passkey_options(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, wanted: Wanted = ANY) -> str:
    """JSON for the browser, with a fresh challenge."""
    return new_passkey.options(idp, visit, interaction, subject, wanted)


def finish_passkey(
    idp: Idp,
    visit: Visit,
    interaction: Interaction,
    subject: Subject,
    proofs: tuple[Proof, ...],
    response: str,
    name: str,
    wanted: Wanted = ANY,
) -> Interaction:
    """A new passkey that this browser made just now; `keep` saves one that does not do here, for other applications."""
    _require_vouched(interaction, proofs)
    try:
        found = new_passkey.verified(idp, visit, interaction, response)
    except ProofRejected:
        return replace(interaction, error="passkey")
    lack = new_passkey.lack(visit, subject, found, wanted)
    if lack == "recalled":
        return replace(interaction, error=lack)
    if lack is not None and response != new_passkey.KEEP:
        return replace(interaction, error=lack, stage=interaction.stage | new_passkey.waiting(found))
    label = new_passkey.label(visit, found, name)
    return _bind(idp, visit, interaction, subject, proofs, "passkey", None, found.state, label, found.aaguid)


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
    aaguid: str | None = None,
) -> Interaction:
    held = idp.ports.truth.authenticators.of(subject.id)
    bound_acr = ledger.bound(proofs, held, interaction.vouched_acr)
    by = tuple(proof.factor for proof in proofs) + ((interaction.vouched_code,) if interaction.vouched_code else ())
    label = " ".join(name.split())[:NAME_LENGTH]
    state = state | made_in(visit)
    authenticator = Authenticator(
        idp.id("factor"), subject.id, factor, label, secret, state, bound_acr, by, visit.now, visit.now, aaguid=aaguid
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
        tell(
            idp,
            tx,
            subject.id,
            "factor-added",
            name=label,
            factor=factor,
            authenticator=authenticator.id,
            **seen(visit),
        )
    stage = {
        key: value for key, value in interaction.stage.items() if key not in ("seed", "enrolling", new_passkey.WAITING)
    }
    if not interaction.enrolling:
        stage["made"] = "yes"  # it was asked for on the way in: what else a first day needs may be asked too
    return replace(
        interaction,
        subject_id=subject.id,
        proofs=(*interaction.proofs, FACTORS[factor].proof(authenticator, visit.now)),
        enrolling=False,
        way=None,
        error=None,
        stage=stage,
    )


def made_in(visit: Visit) -> dict[str, object]:
    """Where a factor is made, as far as it is known: its owner tells a lost key from another by it."""
    known = {"country": visit.place.country, "city": visit.place.city}
    return {"made_in": {name: value for name, value in known.items() if value}} if any(known.values()) else {}


def _require_vouched(interaction: Interaction, proofs: tuple[Proof, ...]) -> None:
    """The page came before the code, or somebody posts to it directly."""
    alone = ledger.vouches(proofs, ())
    if not proofs or (interaction.vouched_code is None and not meets(alone, ledger.VOUCHING_ACR)):
        raise Expired("nothing vouches for a new factor")


def _clock(interaction: Interaction, rejected: ProofRejected) -> dict[str, str]:
    if isinstance(rejected, totp.ClockOff):
        return {**interaction.stage, "clock": str(rejected.minutes)}
    return interaction.stage
