"""Challenges for passkeys: bound to one interaction, good for five minutes and for one answer, right or wrong.

Nothing is written when one is handed out, so that a page which asks for one in the background (autofill) does not
race with the form that the person is sending. Spec: WebAuthn Level 3 §13.4.3 (at least 16 bytes, unpredictable).
"""

import base64
import binascii
import hmac
import json
from datetime import datetime, timedelta

from idp.errors import ProofRejected
from idp.flows.context import Idp, hash_of
from idp.model import Interaction

LIFE = timedelta(minutes=5)
_RANDOM, _TIME, _MAC = 16, 8, 32


def make(idp: Idp, interaction: Interaction, now: datetime) -> bytes:
    """16 random bytes, the time, and a MAC that ties both to this interaction."""
    told = idp.ports.random(_RANDOM) + int(now.timestamp()).to_bytes(_TIME, "big")
    return told + _mac(idp, interaction, told)


def take(idp: Idp, interaction: Interaction, response: str, now: datetime) -> bytes:
    """The challenge that this answers, spent. Raises ProofRejected: not ours, another interaction's, old, used."""
    challenge = _challenge_of(response)
    spend(idp, interaction, challenge, now)
    return challenge


def spend(idp: Idp, interaction: Interaction, challenge: bytes, now: datetime) -> None:
    """Prove that a challenge is ours and of this interaction, and spend it. Raises ProofRejected as `take`."""
    told, mac = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
    if not hmac.compare_digest(mac, _mac(idp, interaction, told)):
        raise ProofRejected("challenge is not ours")
    age = now.timestamp() - int.from_bytes(told[_RANDOM:], "big")
    if not -1 <= age <= LIFE.total_seconds():
        raise ProofRejected("challenge is too old")
    if not idp.ports.brief.spend("challenge", hash_of(challenge.hex()), LIFE * 2):
        raise ProofRejected("challenge was used")


def _mac(idp: Idp, interaction: Interaction, told: bytes) -> bytes:
    return bytes.fromhex(idp.ports.sealer.digest("challenge", f"{interaction.id_hash}|{told.hex()}"))[:_MAC]


def _challenge_of(response: str) -> bytes:
    """Spec: WebAuthn Level 3 §5.8.1 (clientDataJSON.challenge, base64url)."""
    try:
        told = json.loads(_decoded(json.loads(response)["response"]["clientDataJSON"]))
        return _decoded(told["challenge"])
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
        raise ProofRejected("shape") from error


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
