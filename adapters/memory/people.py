"""People, their links, posts and roles in memory."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.erasure import erase
from adapters.memory.tables import Tables, add, known
from idp.errors import Ambiguous, Conflict
from idp.model import (
    ADMINISTRATOR_ROLES,
    Link,
    Post,
    RoleGrant,
    Standing,
    Subject,
)


def in_force(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> bool:
    return (starts_at is None or starts_at <= at) and (ends_at is None or ends_at > at)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


class MemoryPeople:
    """`idp.ports.People`. A search finds names by their words' beginnings, and Chinese names by what they contain."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def get(self, subject_id: str) -> Subject | None:
        return self._tables().people.get(subject_id)

    def find(self, identifier: str, department_id: str) -> Subject | None:
        people = [one for one in self._tables().people.values() if one.department_id == department_id]
        found = [one for one in people if folded(identifier) in _typed(one)]
        candidates = [one for one in found if not one.disabled] or found
        if len(candidates) > 1:
            raise Ambiguous(f"{len(candidates)} people of {department_id} have that identifier")
        return candidates[0] if candidates else None

    def by_link(self, department_id: str, stable_id: str) -> Subject | None:
        for link in self._tables().links.values():
            if (link.department_id, link.stable_id) == (department_id, stable_id):
                return self.get(link.subject_id)
        return None

    def link_of(self, subject_id: str) -> Link | None:
        return self._tables().links.get(subject_id)

    def search(
        self, text: str, *, branch: Sequence[str] | None, offset: int, limit: int
    ) -> tuple[Sequence[Subject], int]:
        people = [one for one in self._tables().people.values() if branch is None or one.department_id in branch]
        found = [one for one in people if _matches(one, folded(text))]
        found.sort(key=lambda one: (one.created_at.timestamp() if one.created_at else 0.0, one.id))
        return found[offset : offset + limit], len(found)

    def counts(self) -> Mapping[str, int]:
        return Counter(one.department_id for one in self._tables().people.values())

    def standing(self, subject_id: str, at: datetime, post_id: str | None = None) -> Standing | None:
        tables, subject = self._tables(), self.get(subject_id)
        for post in self.posts(subject_id):
            wanted = post.is_default if post_id is None else post.id == post_id
            if subject is not None and wanted and in_force(post.starts_at, post.ends_at, at):
                grants = tuple(
                    grant
                    for grant in sorted(tables.role_grants.values(), key=lambda grant: grant.id)
                    if grant.post_id == post.id and in_force(grant.starts_at, grant.ends_at, at)
                )
                return Standing(subject, post, _lineage(tables, post.department_id), grants)
        return None

    def posts(self, subject_id: str) -> Sequence[Post]:
        mine = [post for post in self._tables().posts.values() if post.subject_id == subject_id]
        return sorted(mine, key=lambda post: (not post.is_default, post.id))

    def role_grants(self, subject_id: str) -> Sequence[RoleGrant]:
        tables = self._tables()
        mine = [one for one in tables.role_grants.values() if tables.posts[one.post_id].subject_id == subject_id]
        return sorted(mine, key=lambda grant: (-grant.starts_at.timestamp(), grant.id))

    def holders(self, role: str, at: datetime) -> Sequence[tuple[Subject, RoleGrant]]:
        tables = self._tables()
        found = [
            (tables.people[tables.posts[grant.post_id].subject_id], grant)
            for grant in tables.role_grants.values()
            if grant.role == role and in_force(grant.starts_at, grant.ends_at, at)
        ]
        return sorted(found, key=lambda pair: (pair[0].id, pair[1].id))

    def add(self, subject: Subject, post: Post, link: Link | None) -> None:
        known(self._tables().departments, subject.department_id)
        if subject.id in self._tables().erased:
            raise Conflict("that id was somebody's")
        add(self._tables().people, subject.id, subject)
        self.add_post(post)
        if link is not None:
            self.touch_link(link)

    def change(self, subject: Subject) -> None:
        tables = self._tables()
        known(tables.people, subject.id)
        known(tables.departments, subject.department_id)
        before = tables.people[subject.id]
        version = max(before.access_version, subject.access_version)
        tables.people[subject.id] = replace(subject, access_version=version, created_at=before.created_at)

    def touch_link(self, link: Link) -> None:
        known(self._tables().people, link.subject_id)
        known(self._tables().departments, link.department_id)
        other = self.by_link(link.department_id, link.stable_id)
        if other is not None and other.id != link.subject_id:
            raise Conflict("another person is linked to that entry")
        self._tables().links[link.subject_id] = link

    def add_post(self, post: Post) -> None:
        known(self._tables().people, post.subject_id)
        known(self._tables().departments, post.department_id)
        add(self._tables().posts, post.id, post)

    def retitle(self, post: Post) -> None:
        posts = self._tables().posts
        if post.id in posts:
            posts[post.id] = replace(posts[post.id], title=post.title)

    def set_default_post(self, subject_id: str, post_id: str) -> bool:
        posts = self._tables().posts
        if post_id not in posts or posts[post_id].subject_id != subject_id:
            return False
        for one in [one for one in posts.values() if one.subject_id == subject_id]:
            posts[one.id] = replace(one, is_default=one.id == post_id)
        return True

    def grant_role(self, grant: RoleGrant) -> None:
        tables = self._tables()
        known(tables.posts, grant.post_id)
        add(tables.role_grants, grant.id, grant)
        if grant.role not in ADMINISTRATOR_ROLES:
            return
        subject_id = tables.posts[grant.post_id].subject_id
        held = tables.administrators.get(subject_id)
        over = held is not None and not _lasts(tables.role_grants[held[1]], grant.starts_at)
        if held is not None and not over and held[0] != grant.role:
            raise Conflict("one person, one administrator role")
        tables.administrators[subject_id] = (grant.role, grant.id)

    def take_role(self, grant_id: str, at: datetime) -> RoleGrant | None:
        tables = self._tables()
        grant = tables.role_grants.get(grant_id)
        if grant is None or not _lasts(grant, at):
            return None
        taken = tables.role_grants[grant_id] = replace(grant, ends_at=at)
        subject_id = tables.posts[grant.post_id].subject_id
        if tables.administrators.get(subject_id, ("", ""))[0] == grant.role:
            others = [one for one in self.role_grants(subject_id) if one.role == grant.role and _lasts(one, at)]
            if others:
                tables.administrators[subject_id] = (grant.role, others[0].id)
            else:
                del tables.administrators[subject_id]
        return taken

    def bump_access(self, subject_id: str) -> None:
        people = self._tables().people
        if subject_id in people:
            people[subject_id] = replace(people[subject_id], access_version=people[subject_id].access_version + 1)

    def erase(self, subject_id: str) -> bool:
        return erase(self._tables(), subject_id)


def _typed(subject: Subject) -> set[str]:
    """Everything that may be typed for this person."""
    return {folded(value) for value in (*subject.identifiers, *filter(None, [subject.mail]))}


def _matches(subject: Subject, text: str) -> bool:
    if not text or text in _typed(subject):
        return True
    words = folded(subject.display_name.en).split()
    chinese = folded(subject.display_name.zh)
    return all(wanted in chinese or any(word.startswith(wanted) for word in words) for wanted in text.split())


def _lasts(grant: RoleGrant, at: datetime) -> bool:
    return grant.ends_at is None or grant.ends_at > at


def _lineage(tables: Tables, department_id: str) -> tuple[str, ...]:
    found: list[str] = []
    current: str | None = department_id
    while current is not None and current in tables.departments and current not in found:
        found.append(current)
        current = tables.departments[current].parent_id
    return tuple(found)
