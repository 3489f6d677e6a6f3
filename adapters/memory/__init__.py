"""Every store in memory: the reference for what the ports mean, and what fast tests stand on.

    tables.py    what is kept, and one lock     people.py  people, authenticators, sessions, grants
    truth.py     history, desk, registry, transactions, audit        brief.py  codes, interactions, counters

Plain dictionaries under one lock; a transaction works on a copy that replaces the original when it commits. Nothing
is sealed and nothing survives the process. The contract suites hold it equal to SQL and Valkey.
"""

from adapters.memory.brief import MemoryBrief
from adapters.memory.mail import MemoryMail
from adapters.memory.truth import MemoryTruth

__all__ = ["MemoryBrief", "MemoryMail", "MemoryTruth"]
