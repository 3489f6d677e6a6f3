"""What is known of revoked smart cards. See `idp.ports`."""

from collections.abc import Sequence
from typing import Protocol

from cryptography.x509 import Certificate, CertificateRevocationList


class RevocationLists(Protocol):
    """Lists of the authorities that the settings name, read again from time to time; only signed ones are handed out.
    One that cannot be read again stays until it is overdue, which is its reader's to see."""

    @property
    def trusted(self) -> Sequence[Certificate]:
        """The authorities themselves, and those between; none: there are no smart cards here."""
        ...

    def current(self) -> Sequence[CertificateRevocationList]:
        """The last one of each place. Never waits for the network but at the first call."""
        ...

    def refresh(self) -> None:
        """Read all again. Raises Unavailable: one of them could not be; the others were."""
        ...


class NoLists:
    """Where there are no smart cards."""

    trusted: Sequence[Certificate] = ()

    def current(self) -> Sequence[CertificateRevocationList]:
        return ()

    def refresh(self) -> None:
        """There is nothing to read."""
