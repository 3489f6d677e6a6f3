"""What a browser is told of passkeys: which are good, which nobody has, and how their owner is called now.

Shown by `signals.html`, read by `signals.js`. Spec: WebAuthn Level 3 §5.1.10. Never names another person's passkey:
`unknown` repeats what the browser itself sent.
"""

from dataclasses import dataclass
from typing import Literal

from idp.web.pages.parts import Name


@dataclass(frozen=True, slots=True)
class Signals:
    """Ids are base64url. `accepted`: these and no others of that user; `unknown`: nobody has these here."""

    kind: Literal["accepted", "unknown"]
    rp_id: str
    credentials: tuple[str, ...]
    user_id: str = ""
    name: str = ""
    display_name: Name = ""
