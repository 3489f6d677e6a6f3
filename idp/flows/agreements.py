"""Agreements between departments about whose tokens may be exchanged for what. Spec: RFC 8693 §1.1.

One place for the exchange and for every later look at a token that came of one, so that an agreement that ends is
missed by both.
"""

from datetime import datetime

from idp.model import Configuration, SharingAgreement


def found(
    configuration: Configuration, client_id: str, from_audience: str, to_audience: str, now: datetime
) -> SharingAgreement | None:
    """The agreement in force that lets this client exchange a token of that API for one of this."""
    for one in configuration.agreements.values():
        same = (one.client_id, one.from_audience, one.to_audience) == (client_id, from_audience, to_audience)
        if same and in_force(one, now):
            return one
    return None


def in_force(agreement: SharingAgreement | None, now: datetime) -> bool:
    """Whether it is there and not over."""
    return agreement is not None and (agreement.until is None or now < agreement.until)
