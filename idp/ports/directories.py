"""Stores of what is remembered of directories: links in bulk, rounds of synchronisation, and how each answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from idp.model import DirectoryReading, Link, Linked, Post, RoleGrant, Subject, SyncRun

Joiner = tuple[Subject, Post, Link | None, Sequence[RoleGrant]]
"""Somebody new: their post, the entry they are tied to (None: they are kept here), and roles."""


class Links(Protocol):
    """Many people of one directory at once; `people` has them one by one."""

    def known(self, department_id: str, stable_ids: Sequence[str]) -> Mapping[str, Linked]:
        """By stable id, those of them that are tied to somebody."""
        ...

    def unread(self, department_id: str, before: datetime, limit: int) -> Sequence[str]:
        """Subjects, not disabled, whose entry was last read before then, longest ago first."""
        ...

    def count(self, department_id: str) -> int:
        """People tied to that directory who are not disabled."""
        ...

    def holders(self, department_id: str, role: str, at: datetime) -> int:
        """People of that directory to whom it gives this role now."""
        ...

    def read_at(self, subject_ids: Sequence[str]) -> Mapping[str, datetime]:
        """When each one's entry was last read; who is tied to none is missing."""
        ...

    def join(self, joiners: Sequence[Joiner]) -> None:
        """(write) New people with their post, link and roles, in few statements."""
        ...

    def confirm(self, subject_ids: Sequence[str], at: datetime) -> None:
        """(write) Their entries were read then, and said the same."""
        ...


class SyncRuns(Protocol):
    """Rounds of synchronisation, and how directories answered."""

    def get(self, run_id: str) -> SyncRun | None: ...
    def of(self, department_id: str, limit: int = 50) -> Sequence[SyncRun]:
        """Newest first."""
        ...

    def newest(self) -> Mapping[str, SyncRun]:
        """By department."""
        ...

    def keep(self, run: SyncRun) -> None:
        """(write) New, or as it is now. One that a person decided stays decided."""
        ...

    def decide(self, run_id: str, by: str, at: datetime, *, release: bool) -> SyncRun | None:
        """(write) The one caller that decides a held round gets it; everyone else None."""
        ...

    def readings(self, department_id: str, since: datetime) -> Sequence[DirectoryReading]:
        """Oldest first."""
        ...

    def add_reading(self, reading: DirectoryReading) -> None:
        """(write)"""
        ...

    def forget(self, runs_before: datetime, readings_before: datetime) -> int:
        """(write) What is older than it may be kept; the newest round of each department stays. How many rows."""
        ...
