"""The address of a department's crest: its content's hash, so that it may be kept for a year.

Spec: RFC 8246. Does not serve it (`idp.web.machine.crests`), nor know which page shows which.
"""

import hashlib

from idp.model import Department

PREFIX = "/crests/"


def crest_of(department: Department | None) -> str | None:
    """The address of a department's crest; None where it has none, or there is no department."""
    crest = department.crest if department is not None else None
    return None if crest is None else f"{PREFIX}{hashlib.sha256(crest.encode()).hexdigest()[:24]}.svg"
