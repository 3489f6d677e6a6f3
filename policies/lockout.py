"""A rule set that would lock out its own author is refused before it is saved.

Obeys: fail-safe administration (NIST SP 800-53 AC-3(3), AC-6). Does not: save anything.
"""

from policies.decision import Decision
from policies.engine import Engine
from policies.question import Question
from policies.roles import CONSOLE_ID


class AuthorLockedOut(ValueError):
    """With the new rules, whoever saves them could no longer use the console. `decision` says why."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        ids = [i for dropped in decision.dropped for i in dropped.policies] or [r.policy_id for r in decision.reasons]
        super().__init__(f"these rules would lock out their own author: {', '.join(dict.fromkeys(ids))}")


def require_author_keeps_access(engine_new: Engine, question_of_author: Question) -> None:
    """Prove that the author still enters the console and keeps every permission in the question.

    Args:
        engine_new: an engine of the draft, not yet in force.
        question_of_author: the author's own question, now: the console, and at least the permission to change rules.
    Raises:
        AuthorLockedOut: entry or one of the permissions would be lost, or would need a proof not given now.
        ValueError: the question is not about the console, or asks for no permission (it would prove nothing).
    """
    if question_of_author.application.id != CONSOLE_ID or not question_of_author.permissions:
        raise ValueError("the author's question must be about the console and name permissions to keep")
    decision = engine_new.decide(question_of_author)
    if not decision.allowed or decision.dropped:
        raise AuthorLockedOut(decision)
