"""The name by which an application knows a person: `sub`. Whoever says it asks here, and whoever hears it.

A public one is the person's own id. A pairwise one is a keyed digest of the sector and that id: applications of other
sectors cannot tell that they speak of the same person, and nobody without the key can compute it. It cannot be turned
back, so that a `sub` that comes is compared by computing.
Spec: OIDC Core §8, §8.1; RFC 9068 §6 (access tokens), Back-Channel Logout 1.0 §2.4. The digest is under the master key:
after the key was changed, pairwise applications meet everybody anew.
"""

import hmac

from idp.flows.context import Idp
from idp.model import Client
from idp.oidc.logout_request import Hint
from idp.oidc.subjects import sector_of

PURPOSE = "pairwise-subject"


def named(idp: Idp, client: Client, subject_id: str) -> str:
    """`sub` of this person for this application."""
    if client.subject_type == "public":
        return subject_id
    return idp.ports.sealer.digest(PURPOSE, f"{sector_of(client)}\n{subject_id}")


def means(idp: Idp, client: Client, sub: str | None, subject_id: str) -> bool:
    """Whether a `sub` that an application sent is this person's; none means anybody."""
    return sub is None or hmac.compare_digest(named(idp, client, subject_id).encode(), sub.encode())


def whose(idp: Idp, hint: Hint) -> str | None:
    """The person of an ID token of ours. None: its session is forgotten, and so is whom a pairwise name meant."""
    if hint.client.subject_type == "public":
        return hint.sub
    session = idp.ports.truth.sessions.by_sid(hint.sid)
    if session is None or not means(idp, hint.client, hint.sub, session.subject_id):
        return None
    return session.subject_id
