"""New rules come into force only while somebody can still change them back.

Whoever changes rules is a security administrator; a set under which none of them could use the console any more is
refused, and the last good one stays. Spec: NIST SP 800-53 AC-3(3) (fail-safe administration).
"""

from datetime import datetime

from idp.events import AlertRaised
from idp.flows.built_in import CONSOLE_ID
from idp.flows.context import Idp
from idp.flows.decide import app_of, permissions_of, who_of
from idp.model import AAL2_PHR, Alert, Standing
from policies.engine import Engine
from policies.lockout import AuthorLockedOut, require_author_keeps_access
from policies.question import Circumstances, Question
from policies.rulebook import Problem

AUTHOR = "security-administrator"
PERMISSION = "admin.policy.write"


def reload(idp: Idp, now: datetime) -> tuple[str, ...]:
    """Read the rules again. What is wrong with them, in words; empty when they are in force."""
    try:
        problems: tuple[Problem, ...] = idp.policies.reload(lambda draft: require_access(idp, draft, now))
    except AuthorLockedOut as refused:
        _warn(idp, now)
        return (f"{refused}; the rules stay as they were",)
    return tuple(str(problem) for problem in problems)


def require_access(idp: Idp, draft: Engine, now: datetime) -> None:
    """Raises AuthorLockedOut: no security administrator who may change rules today could under the draft."""
    refused: AuthorLockedOut | None = None
    for subject, grant in idp.ports.truth.people.holders(AUTHOR, now):
        standing = idp.ports.truth.people.standing(subject.id, now, grant.post_id)
        question = _question(idp, standing, now) if standing is not None and not subject.disabled else None
        if question is None:
            continue
        try:
            require_author_keeps_access(draft, question)
            return
        except AuthorLockedOut as locked_out:
            refused = locked_out
    if refused is not None:
        raise refused


def _question(idp: Idp, standing: Standing, now: datetime) -> Question | None:
    """Their question on a good day: at work, with a passkey. None when they may not change rules even so."""
    configuration = idp.ports.truth.configuration()
    client = configuration.clients.get(CONSOLE_ID)
    if client is None:
        return None
    here = Circumstances(at=now, zones=idp.zones.names, acr=AAL2_PHR, phase="admin")
    asked = Question(who_of(standing), app_of(client), permissions_of(configuration, client, (PERMISSION,)), here)
    held = idp.policies.decide(asked)
    return asked if held.allowed and held.permissions and not held.dropped else None


def _warn(idp: Idp, now: datetime) -> None:
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(Alert(idp.id("alert"), "rules-refused", now, "alert.rules-refused", {}))
        tx.record(AlertRaised(kind="rules-refused"))
