"""What is older than it may be kept goes, by the periods of `[retention]`. Spec: PIPL article 19; Cybersecurity Law 21.

Deliberately not here: the audit log, which is never shortened and holds no personal value.
"""

from datetime import timedelta

from idp.flows.context import Idp

ANSWERS = timedelta(hours=25)
"""How directories answered: a day, and the hour that a page needs to draw it whole."""


def forget(idp: Idp) -> int:
    """How many rows went."""
    kept, now = idp.settings.retention, idp.ports.now()
    with idp.ports.truth.begin() as tx:
        rows = tx.history.forget(now - timedelta(days=kept.sign_in_days), now - timedelta(days=kept.decision_days))
        rows += tx.runs.forget(now - timedelta(days=kept.sync_days), now - ANSWERS)
        return rows + tx.notices.forget(now - timedelta(days=kept.letter_days))
