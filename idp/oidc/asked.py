"""The parameters of a request as they came, each once. Spec: RFC 6749 §3.1, RFC 8707 §2. Believes none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters as they came, each once."""

    values: Mapping[str, str]
    repeated: frozenset[str]
    resources: tuple[str, ...]

    def get(self, name: str) -> str | None:
        """The value; None when it is absent or empty (RFC 6749 §3.1: empty counts as omitted)."""
        return self.values.get(name) or None

    def words(self, name: str) -> tuple[str, ...]:
        """A space-separated list without repeats, in the order that was asked."""
        return tuple(dict.fromkeys((self.get(name) or "").split()))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """As it could have come in a form: `read` makes the same of it."""
        return (*self.values.items(), *(("resource", one) for one in self.resources))


def read(pairs: Sequence[tuple[str, str]]) -> Asked:
    """Sort the parameters out. `resource` may be repeated (RFC 8707), nothing else may."""
    values: dict[str, str] = {}
    repeated = set()
    for name, value in pairs:
        if name == "resource":
            continue
        if name in values:
            repeated.add(name)
        values[name] = value
    resources = tuple(dict.fromkeys(value for name, value in pairs if name == "resource" and value))
    return Asked(values, frozenset(repeated), resources)
