"""Trusted devices: where a second factor was proved lately, its person may choose not to be asked for it again.

After a right password such a device counts as something that the person has, worth what was proved there and never
more than AAL2. It never counts where the sign-in is unusual, where policy wants more than AAL2 or forbids it, where a
fresh proof is asked for by our own pages, or at a shared computer; it never vouches for a new factor. A browser that
keeps a key must prove it: then the cookie alone is not believed. `amr` stays honest: `pwd` and `mfa`, with `swk` where
the key was proved, and no method that was not used (RFC 8176 has none for a remembered device).
Spec: NIST SP 800-63B-4 §2.2, RFC 8176 §2. Deliberately not here: cookies, pages, the key's own rules
(`idp.authn.device_key`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from idp.authn import device_key
from idp.authn.assurance import assess, meets, rank
from idp.errors import ProofRejected
from idp.events import DeviceForgotten, DeviceTrusted
from idp.flows import built_in, notices
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.sign_in import challenge
from idp.model import AAL2, Client, Device, Interaction, Proof, Session, Subject
from idp.ports import Tx

FORBIDDEN = "no-trusted-device"
"""Label of an application that always asks."""
PROVING = ("totp", "passkey", "certificate")
"""Factors after which a device may be trusted: not a saved code, which is for a day when something was lost."""


# --- shared computers --------------------------------------------------------------------------------------------


def in_shared_zone(idp: Idp, visit: Visit) -> bool:
    """A service counter, by its network."""
    return not visit.zones.isdisjoint(idp.settings.devices.shared_zones)


def is_shared(idp: Idp, visit: Visit, interaction: Interaction) -> bool:
    """By its network, or because the person said so: nothing is trusted or remembered there."""
    return in_shared_zone(idp, visit) or interaction.stage.get("shared") == "yes"


# --- what trust counts for ---------------------------------------------------------------------------------------


def hours(idp: Idp, client: Client, *, keyed: bool) -> int:
    """For how long a device may be trusted from this application; 0: not at all."""
    rules = idp.settings.devices
    most = 0 if FORBIDDEN in client.labels else rules.trusted_hours[client.grade - 1]
    return most if keyed else min(most, rules.trusted_hours_without_key)


def leans(proofs: Iterable[Proof]) -> bool:
    """Whether a trusted device stands among them for the second factor."""
    return any(proof.factor == "device" for proof in proofs)


def without(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    return tuple(proof for proof in proofs if proof.factor != "device")


def may_lean(idp: Idp, interaction: Interaction, client: Client, band: str, required: str | None) -> bool:
    """Whether trust counts in this sign-in."""
    own = client.id == built_in.ACCOUNT.id and (interaction.fresh_after is not None or interaction.enrolling)
    return hours(idp, client, keyed=True) > 0 and band == "low" and rank(required) <= rank(AAL2) and not own


def proved_here(session: Session) -> bool:
    """The session would be worth as much without any trust: what a change of one's own account rests on."""
    return not leans(session.proofs) or meets(assess(without(session.proofs))[0], session.acr)


# --- giving ------------------------------------------------------------------------------------------------------


def offered(idp: Idp, visit: Visit, interaction: Interaction, client: Client) -> int | None:
    """Hours for the tick on the page of a second factor; None: it is not there."""
    most = hours(idp, client, keyed=True)
    own = client.id == built_in.ACCOUNT.id and interaction.session_sid is not None
    return None if most == 0 or own or is_shared(idp, visit, interaction) else most


def wish(interaction: Interaction, *, ticked: bool, key: str) -> Interaction:
    """Keep what the person chose beside a second factor that was just taken. A key that is none is left out."""
    if not ticked or interaction.error is not None:
        return interaction
    return replace(interaction, stage={**interaction.stage, "trust": "yes", "device_key": key[: device_key.LONGEST]})


def trust(
    idp: Idp, tx: Tx, visit: Visit, interaction: Interaction, client: Client, session: Session, proofs: Sequence[Proof]
) -> None:
    """Trust this device, where it was wished, may be, and a second factor was proved in this very sign-in."""
    wished = interaction.stage.get("trust") == "yes"
    proved = any(proof.factor in PROVING for proof in interaction.proofs)
    acr, _ = assess(without(proofs))
    if not wished or not proved or session.shared or session.device_hash is None or not meets(acr, AAL2):
        return
    key = _key_of(interaction.stage.get("device_key", ""))
    most = hours(idp, client, keyed=key is not None)
    if most == 0:
        return
    until = visit.now + timedelta(hours=most)
    device = Device(
        session.device_hash, session.subject_id, visit.now, visit.now, visit.now, until, AAL2, public_key=key
    )
    tx.sessions.trust_device(device)
    tx.record(
        DeviceTrusted(
            subject_id=session.subject_id,
            client_id=client.id,
            sid=session.sid,
            network=visit.network,
            country=visit.place.country,
            until=until.isoformat(),
            acr=AAL2,
            keyed=key is not None,
        )
    )
    notices.tell(idp, tx, session.subject_id, "device-trusted", **notices.seen(visit), until=until.isoformat())


def _key_of(text: str) -> dict[str, str] | None:
    try:
        return device_key.read(text) if text else None
    except ProofRejected:
        return None


# --- showing -----------------------------------------------------------------------------------------------------


def challenge_for(idp: Idp, interaction: Interaction, now: datetime) -> str:
    """What a browser's key signs on the password page: hexadecimal, of this interaction, good once."""
    return challenge.make(idp, interaction, now).hex()


def recognise(idp: Idp, visit: Visit, interaction: Interaction, shown: str) -> Interaction:
    """After a right password: this device's trust as a proof, if it has any and can show it.

    Args:
        shown: `challenge.signature`, hexadecimal, by the key of this browser; empty without a script.
    """
    subject = idp.ports.truth.people.get(interaction.subject_id) if interaction.subject_id else None
    if subject is None or interaction.error is not None or visit.device_hash is None:
        return interaction
    device = idp.ports.truth.sessions.device(visit.device_hash, subject.id)
    if device is None or is_shared(idp, visit, interaction) or not _trusted(idp, device, subject, visit.now):
        return interaction
    amr: tuple[str, ...] = ()
    if device.public_key is not None:
        try:
            _prove_key(idp, interaction, device.public_key, shown, visit.now)
        except ProofRejected:
            return interaction  # the second factor is asked for, as on any device
        amr = ("swk",)
    proof = Proof("device", device.device_hash, visit.now, amr, AAL2)
    return replace(interaction, proofs=(*interaction.proofs, proof))


def _trusted(idp: Idp, device: Device, subject: Subject, now: datetime) -> bool:
    """In its time, and nothing of the person's was ended or changed since."""
    if device.trusted_at is None or device.trusted_until is None or now >= device.trusted_until:
        return False
    if subject.ended_before is not None and device.trusted_at <= subject.ended_before:
        return False
    held = idp.ports.truth.authenticators.of(subject.id)
    passwords = [one for one in held if one.factor == "password" and one.disabled_at is None]
    return meets(device.trusted_acr, AAL2) and all(one.created_at <= device.trusted_at for one in passwords)


def _prove_key(idp: Idp, interaction: Interaction, key: dict[str, str], shown: str, now: datetime) -> None:
    told, _, signature = shown[:512].partition(".")
    try:
        given, signed = bytes.fromhex(told), bytes.fromhex(signature)
    except ValueError as error:
        raise ProofRejected("shape") from error
    challenge.spend(idp, interaction, given, now)
    device_key.verify(key, given, signed)


# --- one's own devices -------------------------------------------------------------------------------------------


def own(idp: Idp, me: SignedInAs) -> Sequence[Device]:
    """The devices that have completed a sign-in of this person, last seen first."""
    return idp.ports.truth.sessions.devices_of(me.subject.id)


def is_trusted(idp: Idp, device: Device, subject: Subject, now: datetime) -> bool:
    """What the list says, and what a sign-in would say."""
    return _trusted(idp, device, subject, now)


def untrust(idp: Idp, visit: Visit, me: SignedInAs, device_hash: str) -> bool:
    """Ask for the second factor there again; the device stays known. False: none of theirs, or not trusted."""
    found = idp.ports.truth.sessions.device(device_hash, me.subject.id)
    if found is None or found.trusted_until is None:
        return False
    with idp.ports.truth.begin() as tx:
        _end_trust(tx, found)
        tx.record(DeviceForgotten(subject_id=me.subject.id, sid=me.session.sid, why="untrusted"))
    return True


def forget(idp: Idp, subject_id: str, device_hash: str) -> bool:
    """The device is unknown again to this person, and so not trusted."""
    with idp.ports.truth.begin() as tx:
        gone = tx.sessions.forget_devices(subject_id, device_hash)
        if gone:
            tx.record(DeviceForgotten(subject_id=subject_id, why="forgotten"))
    return gone > 0


def untrust_all(tx: Tx, subject_id: str, *, why: str = "sessions-ended") -> int:
    """End the trust of all devices of a person: signed out everywhere, a new password, *It wasn't me*. How many."""
    trusted = [one for one in tx.sessions.devices_of(subject_id) if one.trusted_until is not None]
    for one in trusted:
        _end_trust(tx, one)
        tx.record(DeviceForgotten(subject_id=subject_id, why=why))
    return len(trusted)


def _end_trust(tx: Tx, device: Device) -> None:
    tx.sessions.trust_device(replace(device, trusted_at=None, trusted_until=None, trusted_acr=None, public_key=None))
