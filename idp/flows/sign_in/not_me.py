"""*Not you?* and *It wasn't me*: what its owner disowns stops, and an administrator hears of it.

At a sign-in under way the sign-in stops. From a letter or the history nothing is asked first: whoever holds the link
can only make the account safer. Other sessions end, devices are no longer trusted, a factor that the letter told of
is removed, and a password that is kept here is changed at the next sign-in, after its factor.
Spec: NIST SP 800-63B-4 §4.6 (repudiate). Does not: sign anybody in; a letter may be read by many.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from idp.events import AlertRaised, FactorRemoved
from idp.flows import sessions
from idp.flows.case import Case
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.model import Alert, Interaction, Notice
from idp.ports import Tx

LINK_LIFE = timedelta(days=14)


def stop(idp: Idp, visit: Visit, interaction: Interaction, case: Case) -> None:
    """Close the interaction; open an alert when somebody's password had been proved in it."""
    idp.ports.brief.close_interaction(interaction.id_hash)
    if case.standing is None:
        return
    subject_id = case.standing.subject.id
    with idp.ports.truth.begin() as tx:
        _alert(idp, tx, visit, subject_id, "alert.not-me", {}, case.client.id, interaction.reference)


def told_of(idp: Idp, token: str, now: datetime) -> Notice | None:
    """The letter behind a link that is still good. None: unknown, answered, or too old; these read the same."""
    found = idp.ports.truth.notices.by_token(hash_of(token))
    good = found is not None and found.answered_at is None and now - found.created_at <= LINK_LIFE
    return found if good else None


def disown_letter(idp: Idp, visit: Visit, token: str, me: SignedInAs | None) -> int | None:
    """*It wasn't me*, once. How many sessions ended; None when the link is not good."""
    if told_of(idp, token, visit.now) is None:
        return None
    with idp.ports.truth.begin() as tx:
        found = tx.notices.answer(hash_of(token), visit.now)
        if found is None:
            return None  # another click was first
        keep = me.session.sid if me is not None and me.session.subject_id == found.subject_id else None
        ended = disown(idp, tx, visit, found.subject_id, keep=keep, about=found.kind)
        if (held := found.params.get("authenticator")) and found.kind == "factor-added":
            _remove(idp, tx, visit, found.subject_id, held)
    return ended


def disown(idp: Idp, tx: Tx, visit: Visit, subject_id: str, *, keep: str | None, about: str | None = None) -> int:
    """Make an account safe whose owner says that something was not theirs. How many sessions ended.

    Args:
        keep: the session in which they say so; None ends all.
        about: the kind of the letter; None is an earlier sign-in.
    """
    others = [one for one in tx.sessions.of(subject_id, visit.now) if one.sid != keep]
    for one in others:
        sessions.end(idp, tx, one.sid, visit.now, why="not-me", by=subject_id)
    for device in tx.sessions.devices_of(subject_id):
        if device.trusted_until is not None:
            tx.sessions.trust_device(replace(device, trusted_until=None, trusted_acr=None, public_key=None))
    for held in tx.authenticators.of(subject_id):
        if held.factor == "password" and held.disabled_at is None:
            due = held.state.get("due", "disowned")  # others may know it: `idp.authn.passwords.due`
            tx.authenticators.change(replace(held, state={**held.state, "due": due}))
    message = "alert.disowned" if about else "alert.disowned-sign-in"
    _alert(idp, tx, visit, subject_id, message, {"about": about} if about else {})
    return len(others)


def _remove(idp: Idp, tx: Tx, visit: Visit, subject_id: str, authenticator_id: str) -> None:
    held = next((one for one in tx.authenticators.of(subject_id) if one.id == authenticator_id), None)
    if held is not None and held.factor != "password" and tx.authenticators.remove(held.id, visit.now):
        tx.record(
            FactorRemoved(
                subject_id=subject_id,
                network=visit.network,
                factor=held.factor,
                authenticator_id=held.id,
                by=subject_id,
            )
        )


def _alert(
    idp: Idp,
    tx: Tx,
    visit: Visit,
    subject_id: str,
    message: str,
    params: dict[str, str],
    client_id: str | None = None,
    reference: str | None = None,
) -> None:
    facts = {"country": visit.place.country or "", "network": visit.network[:12], **params}
    tx.desk.raise_alert(Alert(idp.id("alert"), "not-me", visit.now, message, facts, subject_id))
    tx.record(
        AlertRaised(
            kind="not-me",
            subject_id=subject_id,
            client_id=client_id,
            reference=reference,
            network=visit.network,
            country=visit.place.country,
        )
    )
