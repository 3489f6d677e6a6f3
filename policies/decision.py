"""The nouns of an answer: a decision, its reasons, and what was left out of the token and why.

Obeys: RFC 9470 §3 (what a step-up has to ask for). Does not: hold texts; `because` is a message id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

DENY_BY_DEFAULT = "deny-by-default"
MALFORMED = "malformed-question"
FOREIGN_PERMISSION = "foreign-permission"
RULE_FAILED = "rule-failed"
SIGN_IN = "sign-in"
BUILT_IN = {
    DENY_BY_DEFAULT: "policy.nothing-permits",
    MALFORMED: "policy.malformed-question",
    FOREIGN_PERMISSION: "policy.foreign-permission",
    RULE_FAILED: "policy.rule-failed",
    SIGN_IN: "policy.sign-in",
}
"""Obstacles that no rule file can take away, with their message ids."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One policy that determined the answer. `params` fill the placeholders of the message `because`;

    where a `detail` is among them it is for the log, not for a page.
    """

    policy_id: str
    because: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Granted:
    """A permission that the token may carry, and the policies that permit it."""

    name: str
    because: tuple[str, ...]
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A permission that the token must not carry. `needs_acr` is set when only assurance stands in the way."""

    name: str
    because: str
    policies: tuple[str, ...]
    needs_acr: str | None
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Tighter limits for a session at this application; None where no policy sets one."""

    idle: timedelta | None
    absolute: timedelta | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a Question.

    allowed: entry is permitted now, with what has been proved already.
    acr: the assurance that entry requires, proved or not (strictest of the policies that apply,
        never less than aal1); None when the entry is refused whatever is proved.
    needs_acr: set when `allowed` is false and this assurance alone would open the entry.
    life: how long an access token with `permissions` may live (zero when not allowed).
    life_policies: the policies that set that life.
    policy_version: SHA-256 of the rule set, hexadecimal.
    """

    allowed: bool
    acr: str | None
    needs_acr: str | None
    permissions: tuple[Granted, ...]
    dropped: tuple[Dropped, ...]
    life: timedelta
    life_policies: tuple[str, ...]
    reasons: tuple[Reason, ...]
    session: SessionLimits | None
    policy_version: str
