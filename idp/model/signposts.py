"""Which department a typed name belongs to, however many there are: one look-up, made ready with each configuration.

Spec: none. A name that two departments claim is the first one's by their English names; the nearest domain wins.
"""

from collections.abc import Iterable

from idp.model.people import Department


class Signposts:
    """Departments (`kept`, in the order of their names) by prefix and by mail domain."""

    __slots__ = ("_domains", "_prefixes", "kept")

    def __init__(self, departments: Iterable[Department]) -> None:
        self.kept = tuple(sorted(departments, key=lambda one: one.name.en))
        self._prefixes = {known.casefold(): one for one in reversed(self.kept) for known in one.prefixes}
        self._domains = {known.casefold(): one for one in reversed(self.kept) for known in one.domains}

    def named_by(self, typed: str) -> Department | None:
        """By `PREFIX\\name` or by the mail domain, whole labels only."""
        prefix, slash, _ = typed.partition("\\")
        if slash and (found := self._prefixes.get(prefix.casefold())) is not None:
            return found
        _, at, domain = typed.rpartition("@")
        return self._under(domain.casefold()) if at else None

    def _under(self, domain: str) -> Department | None:
        while domain:
            if (found := self._domains.get(domain)) is not None:
                return found
            _, _, domain = domain.partition(".")
        return None
