"""Does everything that a token came from still live? The grant, its session, the person, the application.

Asked at every use of a code, a refresh token or an access token that reaches us, so that what an administrator ends is
ended at the next request. Spec: RFC 9700 §4.14, ASVS 5.0 V7.4. Deliberately not here: what the grant may do now, which
is policy's (`idp.flows.entitlement`).
"""

from dataclasses import dataclass
from datetime import datetime

from idp.authn import session as rules
from idp.model import Client, Grant, Session, Subject


@dataclass(frozen=True, slots=True)
class Origin:
    """What a token of a person rests on; nothing of it is missing."""

    client: Client
    grant: Grant
    session: Session
    subject: Subject


def trace(
    client: Client | None, grant: Grant | None, session: Session | None, subject: Subject | None, now: datetime
) -> Origin | str:
    """The origin, or for the log why there is no life in it.

    An idle session is no obstacle by itself: people work in the application, not here. Its absolute limit is one.
    """
    if client is None or grant is None or session is None or subject is None:
        return "what it came from is gone"
    if client.disabled or client.id != grant.client_id:
        return "the application is disabled"
    if client.ended_before is not None and grant.created_at <= client.ended_before:
        return "everything of the application was ended"
    if grant.revoked_at is not None:
        return "the grant is revoked"
    if rules.is_dead(subject, grant.created_at) or subject.id != grant.subject_id:
        return "the person is disabled or signed out everywhere"
    state = rules.state(session, subject, now)
    if session.sid != grant.sid or state not in ("live", "idle"):
        return f"the session is {state}"
    return Origin(client, grant, session, subject)
