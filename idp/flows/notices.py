"""What people are told by mail: that something waits, or what of theirs changed; never in an application's words.

`tell` writes a letter into the transaction of what it tells, so that neither is there without the other; it leaves
afterwards (`idp.flows.letters`), and a mail that cannot go is no reason to fail. Deliberately not here: words, and how
mail travels. Spec: NIST SP 800-63B-4 §4.6 (every address is told, with a way to repudiate).
"""

from typing import Literal

from idp.flows.context import Idp, Visit, hash_of
from idp.model import Client, Notice, Subject
from idp.ports import Tx

Kind = Literal[
    "factor-added",
    "factor-removed",
    "factor-disabled",
    "factor-copied",
    "recovery-made",
    "recovery-used",
    "pass-made",
    "password-changed",
    "new-device",
    "device-trusted",
    "sessions-ended",
    "delegation-made",
    "delegation-received",
    "delegation-ended",
    "delegation-over",
    "data-exported",
    "data-corrected",
    "data-erasure",
    "model-recalled",
]
"""Every letter about a change; its words stand under `letter.<kind>` in `translations/reasons.letters.toml`."""
ASKED = "asked"
"""An application waits for an answer: nothing has changed, so there is nothing to disown."""
APPROVE = "/me/approve"


def tell(idp: Idp, tx: Tx, subject_id: str, kind: Kind, **params: str) -> None:
    """Put one letter on its way, with a link *It wasn't me* of its own.

    Args:
        params: facts, sealed: `factor` and `name` (of an authenticator), `authenticator` (its id, so that one that its
            owner disowns is removed), `country`, `city`, `device`, `by` (`desk`, `administrator`; the person where it
            is not said), `until` and `at` (ISO 8601), `count`, `left`, `person`, `app_en` and `app_zh`.
    """
    now, token = idp.ports.now(), idp.token()
    sealed = idp.ports.sealer.seal("not-me", token.encode())
    tx.notices.add(Notice(idp.id("notice"), subject_id, kind, now, {**params, "link": sealed}, hash_of(token)))


def seen(visit: Visit) -> dict[str, str]:
    """Where and on what it happened, as far as it is known: for `tell`."""
    device = " · ".join(filter(None, (visit.browser, visit.system)))
    facts = {"country": visit.place.country, "city": visit.place.city, "device": device}
    return {key: value for key, value in facts.items() if value}


def somebody_asks(idp: Idp, subject: Subject, client: Client) -> None:
    """An application waits for this person's answer."""
    params = {"app_en": client.name.en, "app_zh": client.name.zh}
    with idp.ports.truth.begin() as tx:
        tx.notices.add(Notice(idp.id("notice"), subject.id, ASKED, idp.ports.now(), params))
