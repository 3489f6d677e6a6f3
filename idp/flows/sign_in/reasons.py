"""Why one more proof is asked, in message ids, kept with the interaction so that the page can say it. At most two."""

import json
from dataclasses import replace

from idp.flows.decide import Verdict
from idp.model import Client, Interaction

SHOWN = 2


def keep_reasons(interaction: Interaction, verdict: Verdict, client: Client) -> Interaction:
    """Risk evidence first when it is what asks, then the policies; never a score or a threshold."""
    found: list[tuple[str, dict[str, str]]] = []
    if verdict.score is not None and verdict.band != "low":
        found += [(one.message, dict(one.params)) for one in verdict.score.evidence if one.weight > 0]
    app = {"app_en": client.name.en, "app_zh": client.name.zh}
    found += [(one.because, {**app, **dict(one.params)}) for one in verdict.decision.reasons]
    return replace(interaction, stage={**interaction.stage, "reasons": json.dumps(found[: SHOWN * 2])})


def reasons_of(interaction: Interaction) -> tuple[tuple[str, dict[str, str]], ...]:
    """(message id, facts), strongest first."""
    return tuple((name, params) for name, params in json.loads(interaction.stage.get("reasons", "[]")))[:SHOWN]
