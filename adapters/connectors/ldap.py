"""One department's LDAP directory: find a person, verify a password by a bind, read groups; live, nothing kept.

Spec: RFC 4511 §4.2, §4.5 (bind, search), RFC 4513 §5.1 (simple bind), RFC 4515 (filters), RFC 4530 (entryUUID).
Deliberately remembers nobody and writes nothing. What cannot be read is Unavailable: never absent, and never a yes.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from ldap3 import Connection

from adapters.connectors import ldap_changes, ldap_ppolicy
from adapters.connectors.ldap_channel import Channel
from adapters.connectors.ldap_connection import (
    certificate_expiry,
    close_connection,
    rebind,
    translated,
)
from adapters.connectors.ldap_entry import Person, ids_in, person_attributes, texts, to_person
from adapters.connectors.ldap_identity import id_filter, name_filter
from adapters.connectors.ldap_lockout import lockout_threshold
from adapters.connectors.ldap_membership import groups_of, read_roll
from adapters.connectors.ldap_password_change import change_password
from adapters.connectors.ldap_presence import Presence
from adapters.connectors.ldap_search import search, sweep
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_states import password_state
from adapters.connectors.ldap_vendors import VENDORS, recognised
from idp.errors import Ambiguous, Invalid, ProofRejected, Unavailable
from idp.model import Entry, Health, PasswordState
from idp.ports import Mark
from idp.secret import Secret

LONGEST_IDENTIFIER = 256
LONGEST_PASSWORD_BYTES = 1024


class LdapConnector:
    """The connector port over LDAP. Safe between threads."""

    def __init__(self, settings: LdapSettings) -> None:
        self._settings = settings
        self._channel = Channel(settings)
        self._presence = Presence(settings)

    def find(self, identifier: str) -> Entry | None:
        """Look a person up by what was typed. None: the directory answered that nobody has it.

        Raises:
            Ambiguous: more than one entry has it.
            Unavailable: the directory could not be read.
        Spec: RFC 4515 §3 (escaping).
        """
        if not _may_be_asked(identifier):
            return None
        return self._one(f"(&{self._settings.people_filter}{name_filter(self._settings, identifier)})")

    def read(self, stable_id: str) -> Entry | None:
        """Read a person again by the directory's stable id. None: really absent.

        Raises:
            Ambiguous: the "stable" id is not unique there.
            Unavailable: the directory could not be read.
        """
        if not _may_be_asked(stable_id):
            return None
        query = id_filter(self._settings, stable_id)
        return self._one(f"(&{self._settings.people_filter}{query})") if query else None

    def verify_password(self, entry: Entry, password: Secret[str]) -> PasswordState:
        """Prove a password by a bind as the person, on a connection that does nothing else.

        A wrong password, a locked account and a disabled person are one to the caller; which it was is in `detail`.

        Raises:
            ProofRejected: refused.
            Unavailable: the directory did not answer.
        Spec: RFC 4513 §5.1.2, §5.1.3; draft-behera-ldap-password-policy-11 §6.
        """
        secret = _password_bytes(password)
        if not entry.dn:
            raise ProofRejected("an entry without a name")

        def bind(connection: Connection) -> PasswordState:
            with translated(self._settings, "bind"):
                result = rebind(connection, entry.dn, secret, [ldap_ppolicy.REQUEST])
            return password_state(self._settings, result)

        state = self._channel.verify(bind)
        if entry.disabled:
            raise ProofRejected("disabled: the password was right")
        return state

    def changes_passwords(self) -> bool:
        """Whether the department lets people change their passwords through us."""
        return self._settings.change_password

    def change_password(self, entry: Entry, old: Secret[str], new: Secret[str]) -> None:
        """Set a new password in the directory, by the old one.

        Raises:
            ProofRejected: the old one is refused.
            Invalid: the department does not allow it, or the directory refuses the new one.
            Unavailable: the directory did not answer. Whether it is changed is not known; the next sign-in tells.
        Spec: RFC 3062; MS-ADTS §3.1.1.3.1.5.
        """
        if not self._settings.change_password:
            raise Invalid("Your department's passwords are changed in its own systems.", "change_password is false")
        if not entry.dn or entry.disabled:
            raise ProofRejected("disabled, or an entry without a name")
        known, wanted = _password_bytes(old), _new_password_bytes(new)
        self._channel.verify(lambda held: change_password(self._settings, held, entry.dn, known, wanted))

    def entries(self) -> Iterator[Entry]:
        """Everybody, in pages, on a connection of its own, so that a slow reader holds nobody's sign-in up.

        Raises:
            Unavailable: at any point; what came before it is not everybody.
        """
        connection = self._channel.open(bind=True)
        try:
            yield from self._everybody(connection, self._settings.people_filter)
        finally:
            close_connection(connection)

    def mark(self) -> Mark:
        """Where it stands now. Raises Unavailable."""
        return self._channel.read(lambda held: ldap_changes.mark(self._settings, held))

    def changed(self, since: str) -> Iterator[Entry] | None:
        """Whoever was written since that mark; None: it is not this server's. Raises Unavailable, at any point too."""
        connection = self._channel.open(bind=True)
        try:
            query = ldap_changes.query_since(self._settings, connection, since)
        except Unavailable:
            close_connection(connection)
            raise
        if query is None:
            close_connection(connection)
            return None
        return self._closing(connection, self._everybody(connection, query))

    def present(self) -> Iterator[str]:
        """Stable ids of everybody there who is not disabled. Raises Unavailable, at any point."""
        connection = self._channel.open(bind=True)
        try:
            yield from ldap_changes.present(self._settings, connection)
        finally:
            close_connection(connection)

    def health(self) -> Health:
        """Ask for the bases of people and groups, and for people, on a new connection. `error`: what to mend."""
        settings, started = self._settings, time.monotonic()

        def ask(connection: Connection) -> Health:
            bases = {settings.base_dn, settings.groups.base_dn}
            unread = [base for base in bases if not self._readable(connection, base)]
            told = f"base_dn: {unread[0]} may not be read; give bind_dn the right to" if unread else None
            if told is None:
                Presence(settings).require(connection)
            latency = timedelta(seconds=time.monotonic() - started)
            return Health(told is None, latency, told, certificate_expiry(connection))

        try:
            return self._channel.probe(ask)
        except Unavailable as error:
            return Health(False, timedelta(seconds=time.monotonic() - started), error.detail)

    def lockout_threshold(self) -> int | None:
        """The fewest wrong binds after which any password policy there locks an account; None: none can be read.

        Spec: draft-behera-ldap-password-policy-11 §5.2.11, §5.2.12.
        """
        try:
            return self._channel.read(lambda held: lockout_threshold(self._settings, held))
        except Unavailable:
            return None

    def recognised_vendor(self) -> str | None:
        """The vendor that the directory's root entry names, to be suggested as `vendor`; None: none that is known.

        Raises:
            Unavailable: it could not be read.
        Spec: RFC 4512 §5.1.
        """
        names = sorted({name for one in VENDORS.values() for name, _ in one.marks})

        def ask(connection: Connection) -> str | None:
            rows = search(self._settings, connection, "", "(objectClass=*)", names, at_base=True).entries
            return recognised(texts(rows[0])) if rows else None

        return self._channel.read(ask)

    def close(self) -> None:
        """Close every connection; those in use close when their question is answered."""
        self._channel.close()

    def _everybody(self, connection: Connection, query: str) -> Iterator[Entry]:
        settings = self._settings
        rows = sweep(settings, connection, settings.base_dn, query, person_attributes(settings))
        first = next(rows, None)
        if first is None:
            return
        # The connection is between two pages here: groups are asked for on one of their own.
        other = self._channel.open(bind=True)
        try:
            roll, disabled = read_roll(settings, other), self._disabled_ids(other)
        finally:
            close_connection(other)
        for row in chain((first,), rows):
            person = to_person(settings, row)
            yield person.entry(roll.of(person.membership), disabled=person.disabled or person.stable_id in disabled)

    def _closing(self, connection: Connection, entries: Iterator[Entry]) -> Iterator[Entry]:
        try:
            yield from entries
        finally:
            close_connection(connection)

    def _one(self, query: str) -> Entry | None:
        settings = self._settings

        def ask(connection: Connection) -> Entry | None:
            rows = search(settings, connection, settings.base_dn, query, person_attributes(settings), size_limit=2)
            if len(rows.entries) > 1 or rows.truncated:
                raise Ambiguous(f"{settings.department}: more than one entry matches {query}")
            if not rows.entries:
                self._presence.require(connection)
                return None
            person = to_person(settings, rows.entries[0])
            groups = groups_of(settings, connection, person.membership)
            return person.entry(groups, disabled=person.disabled or self._matches_disabled(connection, person))

        return self._channel.read(ask)

    def _matches_disabled(self, connection: Connection, person: Person) -> bool:
        rule = self._settings.disabled.filter
        return bool(rule and search(self._settings, connection, person.dn, rule, ["1.1"], at_base=True).entries)

    def _disabled_ids(self, connection: Connection) -> set[str]:
        settings, rule = self._settings, self._settings.disabled.filter
        if not rule:
            return set()
        query, wanted = f"(&{settings.people_filter}{rule})", [settings.attributes.stable_id]
        rows = sweep(settings, connection, settings.base_dn, query, wanted)
        return {value for row in rows for value in ids_in(settings, row)}

    def _readable(self, connection: Connection, base: str) -> bool:
        return bool(search(self._settings, connection, base, "(objectClass=*)", ["1.1"], at_base=True).entries)


def _may_be_asked(identifier: str) -> bool:
    """Nobody is called by an empty, endless or unprintable name: such are answered without asking the directory."""
    return 0 < len(identifier) <= LONGEST_IDENTIFIER and identifier.isprintable() and bool(identifier.strip())


def _password_bytes(password: Secret[str]) -> bytes:
    """The password as typed, in UTF-8: no normalisation, no trimming.

    Raises:
        ProofRejected: empty (RFC 4513 §5.1.2: an "unauthenticated" bind succeeds), with a NUL (some servers stop
            there), too long, or with no UTF-8 form.
    """
    typed = password.reveal()
    if not typed or "\0" in typed:
        raise ProofRejected("empty password, or one with a NUL: refused before the directory was asked")
    try:
        secret = typed.encode()
    except UnicodeEncodeError:
        raise ProofRejected("a password without a UTF-8 form") from None
    if len(secret) > LONGEST_PASSWORD_BYTES:
        raise ProofRejected(f"a password longer than {LONGEST_PASSWORD_BYTES} bytes")
    return secret


def _new_password_bytes(password: Secret[str]) -> bytes:
    """Raises Invalid: no directory could keep it."""
    try:
        return _password_bytes(password)
    except ProofRejected as error:
        raise Invalid("This password cannot be used. Choose another one.", str(error)) from None
