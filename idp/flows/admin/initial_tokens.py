"""Initial access tokens: an administrator lets programs of one department register themselves, so often and so long.

Spec: RFC 7591 §1.2, §3 (initial access token). Only the hash is kept; the value is shown once.
"""

from datetime import datetime, timedelta

from idp.errors import Invalid, NotFound
from idp.events import InitialTokenMade
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp, hash_of
from idp.model import InitialAccessToken

MOST_USES = 1000
LONGEST = timedelta(days=30)


def make(
    idp: Idp, admin: Admin, department_id: str, uses: int, life: timedelta, reason: str, now: datetime
) -> tuple[str, InitialAccessToken]:
    """A new token and what is kept of it. Raises NotFound: no such department in this branch. Invalid."""
    admin.require("admin.apps.write")
    reason = required_reason(reason)
    if not admin.sees(department_id) or idp.department(department_id) is None:
        raise NotFound(f"no department {department_id!r}")
    if not 1 <= uses <= MOST_USES or not timedelta() < life <= LONGEST:
        raise Invalid(f"1 to {MOST_USES} uses, within {LONGEST.days} days")
    value = idp.token()
    kept = InitialAccessToken(hash_of(value), department_id, admin.subject_id, now, now + life, uses)
    with idp.ports.truth.begin() as tx:
        tx.registry.add_initial_token(kept)
        tx.record(
            InitialTokenMade(
                department_id=department_id,
                by=admin.subject_id,
                uses=uses,
                until=kept.expires_at.isoformat(),
                reason=reason,
            )
        )
    return value, kept
