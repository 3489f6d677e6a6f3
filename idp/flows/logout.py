"""Signing out: asked by an application with a hint of this very session, or by the person, who confirms it.

Spec: RP-Initiated Logout 1.0 §2-4, Front-Channel Logout 1.0 §2, ASVS 5.0 V10.6.2 (forced sign-out). By the back channel
applications are told by `idp.flows.deliver`.
Deliberately not here: pages, cookies, the proof that a confirming form is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.flows import meant, sessions, subjects
from idp.flows.context import Idp, SignedInAs, Visit
from idp.model import Client
from idp.oidc import authorization_request as requests
from idp.oidc import logout_frontchannel
from idp.oidc.logout_request import Hint, hint_of, way_back


@dataclass(frozen=True, slots=True)
class SignedOut:
    """It is done. sid: the session that ended (None: there was none). back: where the application wants the person."""

    sid: str | None
    back: str | None = None
    client: Client | None = None
    shared: bool = False
    """At a shared computer: on to the sign-in page, for whoever comes next."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The person must say so first. `client`: who seems to ask, where that is proved."""

    client: Client | None = None


def in_browser(idp: Idp, sid: str) -> tuple[tuple[Client, str], ...]:
    """The applications of a session that are told by this browser: each with the page that it must open.

    Spec: OIDC Front-Channel Logout 1.0 §2. An address that no header could safely name is passed over.
    """
    clients = idp.ports.truth.configuration().clients
    named = dict.fromkeys(grant.client_id for grant in idp.ports.truth.grants.of_session(sid))
    found = [clients[one] for one in named if one in clients and not clients[one].disabled]
    return tuple(
        (one, logout_frontchannel.address(one.frontchannel_logout_uri, idp.issuer, sid))
        for one in found
        if one.frontchannel_logout_uri is not None
        and logout_frontchannel.origin(one.frontchannel_logout_uri) is not None
    )


def _names(idp: Idp, hint: Hint, current: SignedInAs) -> bool:
    """Whoever is signed in, or for whom they acted in that application."""
    if subjects.whose(idp, hint) == current.subject.id:
        return True
    return meant.acted(idp, current.session.sid, hint.client, hint.sub) is not None


def logout(idp: Idp, visit: Visit, pairs: Sequence[tuple[str, str]], *, confirmed: bool = False) -> SignedOut | Confirm:
    """End this browser's session, or say that it takes a confirmation.

    Args:
        pairs: parameters as they came; sent again with the confirmation.
        confirmed: the person pressed the button of our own form (the caller has checked that it was ours).
    Where a hint is missing, foreign or of another session, nobody is sent anywhere.
    """
    asked = requests.read(pairs)
    hint = hint_of(asked, idp.issuer, idp.ports.truth.configuration())
    current = sessions.current(idp, visit)
    client = hint.client if hint else None
    if current is None:
        return SignedOut(None, way_back(asked, hint), client)
    # Of this very session: only then nobody need be asked, since it cannot be another site's trick.
    mine = hint is not None and hint.sid == current.session.sid and _names(idp, hint, current)
    asked_back = asked.get("post_logout_redirect_uri") is not None
    back = way_back(asked, hint) if mine else None
    if not confirmed and (not mine or (asked_back and back is None)):
        return Confirm(client if mine else None)
    with idp.ports.truth.begin() as tx:
        ended = sessions.end(idp, tx, current.session.sid, visit.now, why="sign-out", by=current.subject.id)
    return SignedOut(ended.sid if ended else None, back, client if mine else None, current.session.shared)
