"""Whether a directory shows people at all: only then does *nobody has that name* mean what it says.

Spec: RFC 4511 §4.5.1.7 (a filter over an attribute that a server does not know finds nothing, and is no error).
An emptied directory, a right to read that was taken away, a wrong filter or a schema without the attribute all answer
success and no entries, as for somebody who has left. Who is believed to have left loses everything, so that such a
directory counts as unreadable. Deliberately looks at nobody: one entry that fits is enough, and nothing of it is asked.
"""

import time
from collections.abc import Callable

from ldap3 import Connection

from adapters.connectors.ldap_search import search
from adapters.connectors.ldap_settings import LdapSettings
from idp.errors import Unavailable

BELIEVED_SECONDS = 60.0


class Presence:
    """Of one directory. Safe between threads: at worst it asks twice."""

    def __init__(self, settings: LdapSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._until = 0.0

    def require(self, connection: Connection) -> None:
        """Raises Unavailable: nobody can be seen there by these settings."""
        if self._clock() < self._until:
            return
        settings, names = self._settings, self._settings.attributes
        some = "".join(f"({name}=*)" for name in names.identifiers)
        query = f"(&{settings.people_filter}({names.stable_id}=*)(|{some}))"
        if not search(settings, connection, settings.base_dn, query, ["1.1"], size_limit=1).entries:
            wanted = f"{names.stable_id} and one of {', '.join(names.identifiers)}"
            told = f"people_filter: nobody under {settings.base_dn} fits {settings.people_filter} and has {wanted}"
            raise Unavailable(settings.department, f"{told}; correct it or [attributes], or let bind_dn read them")
        self._until = self._clock() + BELIEVED_SECONDS
