"""What a signal found: how much it weighs and in which words it is told. No logic, and no personal data but a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason, as the audit log and the page show it.

    Attributes:
        signal: name of the file in `risk/signals/` that found it.
        weight: bits of suspicion, >= 0; each bit halves what is left of trust. 0 means that the signal could not be
            measured, which a policy may care about and the score does not.
        message: id of the text, e.g. `risk.new_country`; `idp/translations/reasons.risk.toml` has the words.
        params: what the text's placeholders stand for. Raw, for the caller to put into the reader's language:
            `country` and `previous_country` are ISO 3166-1 codes, `previous_at` is ISO 8601, the rest is ready text.
    """

    signal: str
    weight: float
    message: str
    params: Mapping[str, str] = field(default_factory=dict)
