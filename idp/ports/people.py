"""Stores of who people are: people, authenticators, sessions, grants. See `idp.ports` for how writing works."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from idp.model import (
    Authenticator,
    CodeKind,
    Device,
    EnrolmentCode,
    Grant,
    Link,
    Post,
    RefreshFamily,
    RoleGrant,
    Session,
    Standing,
    Subject,
)
from idp.secret import Secret


class People(Protocol):
    """People, their links to directories, their posts and roles. Personal columns are sealed by the store."""

    def get(self, subject_id: str) -> Subject | None: ...
    def find(self, identifier: str, department_id: str) -> Subject | None:
        """By anything that may be typed, exactly, within one department (keyed HMAC look-up)."""
        ...

    def by_link(self, department_id: str, stable_id: str) -> Subject | None: ...
    def link_of(self, subject_id: str) -> Link | None: ...
    def search(
        self, text: str, *, branch: Sequence[str] | None, offset: int, limit: int
    ) -> tuple[Sequence[Subject], int]:
        """One page and the total count. `branch`: only these departments; None is all. Empty text lists everybody."""
        ...

    def counts(self) -> Mapping[str, int]:
        """People of each department that has any, disabled ones included."""
        ...

    def standing(self, subject_id: str, at: datetime, post_id: str | None = None) -> Standing | None:
        """The named post, else the default one, with the role grants in force at `at`. None: no such post now."""
        ...

    def posts(self, subject_id: str) -> Sequence[Post]: ...
    def role_grants(self, subject_id: str) -> Sequence[RoleGrant]: ...
    def holders(self, role: str, at: datetime) -> Sequence[tuple[Subject, RoleGrant]]: ...
    def add(self, subject: Subject, post: Post, link: Link | None) -> None:
        """(write) A new person with a default post, under a key of their own."""

    def change(self, subject: Subject) -> None:
        """(write) Names, identifiers, disabled, clearance, language, ended_before, access_version."""

    def touch_link(self, link: Link) -> None:
        """(write) The directory was read just now."""

    def add_post(self, post: Post) -> None:
        """(write)"""

    def retitle(self, post: Post) -> None:
        """(write) The same post, with this title now."""

    def set_default_post(self, subject_id: str, post_id: str) -> bool:
        """(write) The one that sign-ins are for from now on. False: it is not a post of theirs."""
        ...

    def grant_role(self, grant: RoleGrant) -> None:
        """(write) Raises Conflict when it would give one person two administrator roles."""

    def take_role(self, grant_id: str, at: datetime) -> RoleGrant | None:
        """(write) Ends the grant now; None when it was not in force."""
        ...

    def bump_access(self, subject_id: str) -> None:
        """(write) access_version + 1: every decision about this person is made again."""

    def erase(self, subject_id: str) -> bool:
        """(write) Everything that is kept about them goes, and their key first, so that no copy of it can be read; the
        id stays taken for ever, and the audit log as it is. Their sessions are ended before. False: nobody of that id.
        Raises Conflict: an administrator's role is taken first."""
        ...


class Authenticators(Protocol):
    """Enrolled factors. What is spent (a TOTP step, a counter) is one conditional UPDATE that tells the loser."""

    def of(self, subject_id: str) -> Sequence[Authenticator]: ...
    def by_credential_id(self, credential_id: str) -> Authenticator | None:
        """A passkey by the base64url credential id in its state."""
        ...

    def add(self, authenticator: Authenticator) -> None:
        """(write)"""
        ...

    def spend_step(self, authenticator_id: str, step: int, at: datetime) -> bool:
        """(write) True for the one caller that moves last_step below `step` up to it; False: that step was used."""
        ...

    def move_counter(self, authenticator_id: str, counter: int, at: datetime) -> bool:
        """(write) True unless a greater or equal counter was seen (0 is always true: the key keeps no counter)."""
        ...

    def change_secret(self, authenticator_id: str, secret: Secret[bytes]) -> None:
        """(write) Rehash of a local password."""
        ...

    def change(self, authenticator: Authenticator) -> None:
        """(write) Its label and what `state` remembers, but for what is spent (last_step, counter)."""
        ...

    def used(self, authenticator_id: str, at: datetime) -> None:
        """(write) A right proof: failures begin at none again. Spending a step or a counter does this by itself."""
        ...

    def count_failure(self, authenticator_id: str, at: datetime) -> bool:
        """(write) One more consecutive failure. True for the one that reached the ceiling: it is removed now."""
        ...

    def holders(self, aaguids: Sequence[str]) -> Sequence[Authenticator]:
        """Live passkeys of these models, whoever's."""
        ...

    def count_by_model(self) -> dict[str, int]:
        """AAGUID → live passkeys of that model."""
        ...

    def add_recovery(self, authenticator: Authenticator, code_hashes: Sequence[str]) -> None:
        """(write) A set of recovery codes; an earlier set of that person is removed."""
        ...

    def spend_recovery(self, subject_id: str, code_hash: str, at: datetime) -> str | None:
        """(write) The authenticator of the set, for the one caller that spends a live code."""
        ...

    def recovery_left(self, subject_id: str) -> int: ...

    def remove(self, authenticator_id: str, at: datetime) -> bool:
        """(write)"""
        ...

    def add_code(self, code: EnrolmentCode) -> None:
        """(write) Voids earlier unspent codes of that person."""
        ...

    def spend_code(self, subject_id: str, code_hash: str, at: datetime, kind: CodeKind) -> EnrolmentCode | None:
        """(write) The one caller that spends a live code gets it; everyone else None. One that waits is not live, and
        one of the other kind is left as it is."""
        ...

    def codes_of(self, subject_id: str, at: datetime) -> Sequence[EnrolmentCode]:
        """That person's that are neither spent, void nor over, those that wait too."""
        ...

    def waiting_codes(self, at: datetime) -> Sequence[EnrolmentCode]:
        """Those that wait for a second person, oldest first."""
        ...

    def approve_code(self, code_id: str, by: str, at: datetime) -> EnrolmentCode | None:
        """(write) None: it is over, does not wait, or `by` made it."""
        ...

    def refuse_code(self, code_id: str, by: str, at: datetime) -> bool:
        """(write) It will never open anything. False: it is over, does not wait, or `by` made it."""
        ...


class Sessions(Protocol):
    """Sessions and known devices."""

    def by_id_hash(self, id_hash: str) -> Session | None:
        """Also when ended or past its limits: the caller decides by `idp.authn.session`."""
        ...

    def by_sid(self, sid: str) -> Session | None: ...
    def of(self, subject_id: str, at: datetime) -> Sequence[Session]:
        """Live ones, newest contact first."""
        ...

    def of_people(self, subject_ids: Sequence[str], at: datetime) -> Sequence[Session]:
        """Live ones of all these people, of which there may be many thousands."""
        ...

    def live_subjects(self, department_id: str, at: datetime) -> Sequence[str]:
        """Subjects of that department who hold a live session or a live refresh family."""
        ...

    def device(self, device_hash: str, subject_id: str) -> Device | None: ...
    def add(self, session: Session) -> None:
        """(write)"""
        ...

    def renew(self, session: Session, old_id_hash: str) -> None:
        """(write) Step-up: same sid, new cookie hash, proofs and times. Raises Conflict if it moved or ended."""
        ...

    def touch(
        self, sid: str, at: datetime, network: str, country: str | None, asn: int | None, zones: tuple[str, ...]
    ) -> None:
        """(write) Last contact by browser; at most once a minute is worth calling."""
        ...

    def end(self, sid: str, at: datetime) -> Session | None:
        """(write) None when it had ended already. Does not touch grants."""
        ...

    def see_device(self, device: Device) -> None:
        """(write) Insert or move last_seen_at; trust stays what it was."""
        ...

    def devices_of(self, subject_id: str) -> Sequence[Device]:
        """Last seen first."""
        ...

    def people_at(self, device_hash: str) -> Sequence[Device]:
        """Everybody who has signed in at this device, last seen first."""
        ...

    def trust_device(self, device: Device) -> None:
        """(write) Its trusted_at, trusted_until, trusted_acr and public_key as given here; no such device: nothing."""
        ...

    def forget_devices(self, subject_id: str, device_hash: str | None = None) -> int:
        """(write) One of them, or all: it is unknown again. How many."""
        ...


class Grants(Protocol):
    """Grants, refresh families, consent and revoked access tokens."""

    def get(self, grant_id: str) -> Grant | None: ...
    def of_session(self, sid: str) -> Sequence[Grant]: ...
    def of_subject(self, subject_id: str) -> Sequence[Grant]: ...
    def consented(self, subject_id: str, client_id: str) -> frozenset[str]:
        """Scopes this person has agreed to for this application and not withdrawn."""
        ...

    def family(self, family_id: str) -> tuple[RefreshFamily, Grant, Session | None, Subject] | None:
        """Everything a refresh asks about, in one read."""
        ...

    def token_state(self, jti: str, grant_id: str | None) -> tuple[bool, Grant | None, Session | None, Subject | None]:
        """(revoked, grant, session, subject) of an access token, in one read."""
        ...

    def families_of(self, subject_id: str) -> Sequence[RefreshFamily]:
        """Of all their grants, also the dead ones, newest first."""
        ...

    def consents(self, subject_id: str) -> Sequence[tuple[str, str]]:
        """(client, scope) of everything agreed to and not withdrawn, in order."""
        ...

    def add(self, grant: Grant) -> None:
        """(write)"""
        ...

    def consent(self, subject_id: str, client_id: str, scopes: Sequence[str], at: datetime) -> None:
        """(write)"""
        ...

    def withdraw(self, subject_id: str, client_id: str, at: datetime) -> None:
        """(write) Consent and all its grants and families."""
        ...

    def add_family(self, family: RefreshFamily) -> None:
        """(write)"""
        ...

    def rotate(self, family_id: str, old_hash: str, new_hash: str, idle_expires_at: datetime) -> bool:
        """(write) One conditional UPDATE; False: the old token was not the current one."""
        ...

    def keep_alive(self, family_id: str, idle_expires_at: datetime) -> None:
        """(write) A confidential client used its token."""
        ...

    def revoke(self, grant_id: str, at: datetime) -> bool:
        """(write) The grant and its families. False when it was revoked before."""
        ...

    def revoke_token(self, jti: str, expires_at: datetime, at: datetime) -> None:
        """(write)"""
        ...

    def outdate(self, subject_id: str, at: datetime) -> None:
        """(write) Tokens that this person's grants gave until now say what is no longer so."""
        ...

    def revocations(self, since: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        """What was revoked or outdated from then on, oldest first: `grant:` or `jti:` with its id, and when."""
        ...

    def forget_revocations(self, before: datetime) -> None:
        """(write) Those that no token can outlive any more."""
        ...
