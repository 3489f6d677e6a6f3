"""A value that must not be printed, logged, compared with == or serialised by accident."""

import hmac
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T", str, bytes)


class Secret(Generic[T]):
    """Holds a secret; prints as `***`. `reveal()` is the one way in, so that grep finds every use."""

    __slots__ = ("_value",)
    _value: T

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        return self._value

    def equals(self, other: T) -> bool:
        """Constant time in the length of the value."""
        mine = self._value.encode() if isinstance(self._value, str) else self._value
        theirs = other.encode() if isinstance(other, str) else other
        return hmac.compare_digest(mine, theirs)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, build: Any) -> Any:
        """A field of a validated noun: taken as it is, never made from text and never dumped."""
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        raise TypeError("compare secrets with .equals()")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not serialised")
