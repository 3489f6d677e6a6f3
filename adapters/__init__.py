"""The outside world: each file hides one technology behind a port of `idp.ports`. `connect` opens all of them.

    sql/          durable truth on SQLite or PostgreSQL          redis/       codes, interactions, counters
    connectors/   where departments keep their people            geoip.py     where an address is
    sealing.py    the keyring                                    passwords.py Argon2id
    outgoing/     every call that we make                        memory/      every store in memory, the reference

Adapters do not know the web, and only `idp.app` and `idp.cli` know them.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from adapters.breached import Lists
from adapters.connectors import OpenDirectories
from adapters.connectors.ldap_diagnosis import LdapDiagnosis
from adapters.geoip import Places
from adapters.keys import SoftwareKeys
from adapters.mail import OutgoingMail, by_smtp, into_folder, nowhere
from adapters.master_key import MasterKey, MasterKeyExists
from adapters.outgoing import FilteredOutgoing
from adapters.passwords import Argon2Passwords
from adapters.redis import embedded
from adapters.redis.brief import RedisBrief
from adapters.redis.client import connect_redis
from adapters.revocation_lists import KeptRevocationLists
from adapters.sealer import KeyringSealer
from adapters.sealing import Keyring
from adapters.sql.store_epoch import SqlEpochs
from adapters.sql.truth import SqlTruth
from config.settings import Settings
from idp.ports import KeyMaker, Ports

__all__ = ["connect", "keyring_of", "truth_of"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def connect(settings: Settings, now: Callable[[], datetime] = _utc_now) -> Ports:
    """Opens every port. `Ports.close` writes what waits and stops what this call started.

    Raises:
        SealingError: the master key is lost, exposed, damaged, or not this database's; says what to do.
        Unavailable: a store does not answer.
        ValueError: a setting cannot be used.
    """
    with ExitStack() as opened:
        keyring = keyring_of(settings)
        truth = truth_of(settings, keyring, now)
        opened.callback(truth.close)
        brief = RedisBrief(
            connect_redis(_brief_url(settings, opened)),
            keyring,
            SqlEpochs(truth.database),
            most=settings.guessing.interactions_per_network,
            now=now,
        )
        opened.callback(brief.close)
        sealer = KeyringSealer(keyring)
        directories = OpenDirectories(settings.server.admission * 2 // 3, sealer.open)
        opened.callback(directories.close)
        outgoing = FilteredOutgoing(settings.outgoing)
        lists = KeptRevocationLists(settings.certificates, outgoing, settings.stores.state_dir / "crl")
        return Ports(
            truth=truth,
            brief=brief,
            directories=directories,
            places=Places(
                settings.risk.country_database,
                cache=settings.stores.state_dir / "cache",
                asn=settings.risk.asn_database,
                private=settings.risk.private_country,
            ),
            passwords=Argon2Passwords(
                lists=Lists.open(settings.passwords.breached_file, settings.passwords.blocked_file)
            ),
            sealer=sealer,
            outgoing=outgoing,
            now=now,
            random=os.urandom,
            mail=mail_of(settings),
            keys=_key_maker(settings, opened),
            close=opened.pop_all().close,
            revocation_lists=lists,
            diagnosis=LdapDiagnosis(sealer.open),
        )


def _key_maker(settings: Settings, opened: ExitStack) -> KeyMaker:
    """A token where the settings name one. Only then its library is looked for: it is an extra."""
    keys = settings.keys
    if keys.pkcs11_module is None:
        return SoftwareKeys()
    try:
        from adapters.pkcs11 import token_keys
    except ImportError as error:
        raise ValueError("keys.pkcs11_module: needs the extra gerege[pkcs11] (the package python-pkcs11)") from error
    token = token_keys(keys.pkcs11_module, keys.pkcs11_token, keys.pkcs11_pin_file)
    opened.callback(token.close)
    return token


def truth_of(settings: Settings, keyring: Keyring, now: Callable[[], datetime] = _utc_now) -> SqlTruth:
    """Durable truth alone, for commands that need no more."""
    host = urlsplit(settings.server.issuer).netloc or "localhost"
    return SqlTruth(
        settings.stores.database,
        keyring,
        checkpoint_file=settings.keys.checkpoint_file,
        origin=f"{host}/audit",
        now=now,
    )


def mail_of(settings: Settings) -> OutgoingMail:
    """Where mails go: to the server; without one, into files of a demonstration, or nowhere."""
    host = urlsplit(settings.server.issuer).hostname or "localhost"
    files = into_folder(settings.stores.state_dir / "mail") if settings.mode == "demonstration" else nowhere
    deliver = by_smtp(settings.mail) if settings.mail.server else files
    sender = settings.mail.sender or f"no-reply@{host}"
    return OutgoingMail(deliver, sender)


def keyring_of(settings: Settings) -> Keyring:
    """The keyring of the settings. A demonstration makes its master key at its first start; production never does."""
    file = settings.keys.master_key_file
    if settings.mode == "demonstration" and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(MasterKeyExists):  # another process was first
            MasterKey.create(file)
    return Keyring.load([file, *settings.keys.old_master_key_files])


def _brief_url(settings: Settings, opened: ExitStack) -> str:
    if settings.stores.brief != "embedded":
        return settings.stores.brief
    server = embedded.start(settings.stores.state_dir)
    if server.started:
        opened.callback(server.stop)
    return server.url
