"""Keyed digests and sealing for what flows keep outside their stores: `idp.ports.Sealer` over the keyring."""

import base64
from binascii import Error as Base64Error

from adapters.master_key import SealingError
from adapters.sealing import Keyring
from idp.errors import Invalid


class KeyringSealer:
    """A digest is hex; a sealed value is base64url text without padding."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def digest(self, purpose: str, value: str) -> str:
        return self._keyring.digest(f"flow:{purpose}", value).hex()

    def seal(self, purpose: str, plaintext: bytes) -> str:
        return _text(self._keyring.seal(plaintext, row=("flow", purpose)))

    def open(self, purpose: str, sealed: str) -> bytes:
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            if _text(raw) != sealed:
                raise ValueError("not the one text of these bytes")
            return self._keyring.open(raw, row=("flow", purpose))
        except (Base64Error, ValueError, SealingError) as error:
            raise Invalid("It was changed, or it is not ours.", f"{purpose}: {error}") from error


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
