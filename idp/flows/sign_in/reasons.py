"""Why one more proof is asked, in message ids, kept with the interaction so that the page can say it. At most two."""

import json
from dataclasses import replace

from idp.flows.decide import Verdict
from idp.model import Client, Interaction

SHOWN = 2
APPLICATION_ASKS = "page.application-asks"
SAID_BY_EVIDENCE = ("policy.elevated-risk-second-factor", "policy.high-risk-passkey")
"""Rules that only repeat, in general words, what the evidence says exactly: they come last beside it."""


def keep_reasons(interaction: Interaction, verdict: Verdict, client: Client) -> Interaction:
    """What was unusual first, when that is what asks; then the rules that ask. Never a score or a threshold."""
    found: list[tuple[str, dict[str, str]]] = []
    if verdict.score is not None and verdict.band != "low":
        found += [(one.message, dict(one.params)) for one in verdict.score.evidence if one.weight > 0][:1]
    rules = _rules(verdict, client)
    found += sorted(rules, key=lambda one: bool(found) and one[0] in SAID_BY_EVIDENCE)
    return replace(interaction, stage={**interaction.stage, "reasons": json.dumps(found[:SHOWN])})


def reasons_of(interaction: Interaction) -> tuple[tuple[str, dict[str, str]], ...]:
    """(message id, facts), strongest first."""
    return tuple((name, params) for name, params in json.loads(interaction.stage.get("reasons", "[]")))


def _rules(verdict: Verdict, client: Client) -> list[tuple[str, dict[str, str]]]:
    """The demands at the door; else those of the permissions that the application asks a stronger proof for."""
    if verdict.decision.needs_acr is not None:
        return [(one.because, dict(one.params)) for one in verdict.decision.reasons]
    held_back = [(one.because, dict(one.params)) for one in verdict.decision.dropped if one.needs_acr is not None]
    return held_back or [(APPLICATION_ASKS, {"application": client.id})]
