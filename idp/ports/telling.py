"""Stores of what people are told, whom they let act for them, and which models of authenticators are trusted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from idp.model import AuthenticatorModel, Delegation, Notice


class Notices(Protocol):
    """Letters on their way: written in the transaction of what they tell, sent afterwards, retried with a journal."""

    def of(self, subject_id: str, since: datetime) -> Sequence[Notice]:
        """Newest first."""
        ...

    def by_token(self, token_hash: str) -> Notice | None: ...
    def waiting(self) -> int:
        """How many are neither sent nor given up."""
        ...

    def add(self, notice: Notice) -> None:
        """(write)"""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Notice]:
        """(write) Claims them: next_at moves ahead, so that one process works on each."""
        ...

    def settle(
        self, notice_id: str, *, sent_at: datetime | None, next_at: datetime | None, failure: str | None
    ) -> None:
        """(write)"""
        ...

    def forget(self, before: datetime) -> int:
        """(write) Letters from before then, sent or not. How many."""
        ...

    def answer(self, token_hash: str, at: datetime) -> Notice | None:
        """(write) *It wasn't me*, once: None when there is no such letter or it was answered before."""
        ...


class Delegations(Protocol):
    """Who may act for whom."""

    def get(self, delegation_id: str) -> Delegation | None: ...
    def given_by(self, principal_id: str) -> Sequence[Delegation]:
        """Newest first, ended ones too."""
        ...

    def held_by(self, delegate_id: str) -> Sequence[Delegation]: ...
    def add(self, delegation: Delegation) -> None:
        """(write)"""
        ...

    def end(self, delegation_id: str, at: datetime) -> bool:
        """(write) False when it had ended before."""
        ...


class Models(Protocol):
    """Models of authenticators, imported from FIDO metadata."""

    def get(self, aaguid: str) -> AuthenticatorModel | None: ...
    def all(self) -> Sequence[AuthenticatorModel]:
        """By name."""
        ...

    def put(self, model: AuthenticatorModel) -> None:
        """(write) New, or as it is now."""
        ...
