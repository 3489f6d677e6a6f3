"""The language that a person chose for themself: one field of theirs, no event; nobody's access hangs on it.

What it does not do: choose for a request; `idp.messages.choose` does, with this as one of its wishes.
"""

from dataclasses import replace

from idp.flows.context import Idp, SignedInAs


def choose(idp: Idp, me: SignedInAs, language: str | None) -> None:
    """Keep `language` (a tag that is known); None: as each browser says."""
    if me.subject.language != language:
        with idp.ports.truth.begin() as tx:
            tx.people.change(replace(me.subject, language=language))
