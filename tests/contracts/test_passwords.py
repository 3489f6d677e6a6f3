"""Passwords and the sealer: right ones open, wrong ones cost the same, nobody waits for ever."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from adapters.passwords import Argon2Passwords
from adapters.sealer import KeyringSealer
from idp.errors import Invalid, Unavailable
from idp.secret import Secret
from tests.support.stores import new_keyring


def test_the_right_password_and_no_other() -> None:
    passwords = Argon2Passwords()
    stored = passwords.hash(Secret("Demo-alice-1 密码"))
    assert stored.reveal().startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, Secret("Demo-alice-1 密码"))
    assert not passwords.verify(stored, Secret("Demo-alice-2 密码"))
    assert not passwords.verify(None, Secret("Demo-alice-1 密码"))
    assert not passwords.verify(Secret(b"not a hash"), Secret("x"))
    assert not passwords.is_old(stored)
    assert passwords.is_old(Secret(PasswordHasher(time_cost=1, memory_cost=1024).hash("x").encode()))


def test_whoever_waits_too_long_is_told() -> None:
    passwords = Argon2Passwords(at_once=1, wait=timedelta(milliseconds=1))
    outcomes: list[str] = []

    def verify() -> None:
        try:
            passwords.verify(None, Secret("x"))
            outcomes.append("hashed")
        except Unavailable as error:
            outcomes.append(error.what)

    threads = [threading.Thread(target=verify) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "passwords" in outcomes
    assert "hashed" in outcomes
    assert passwords.verify(None, Secret("x")) is False  # every turn was given back


def test_what_is_sealed_opens_for_its_purpose_only(tmp_path: Path) -> None:
    sealer = KeyringSealer(new_keyring(tmp_path))
    sealed = sealer.seal("remembered", b"moe")
    assert sealer.open("remembered", sealed) == b"moe"
    for purpose, text in (
        ("other", sealed),
        ("remembered", sealed[:-2] + "xx"),
        ("remembered", ""),
        ("remembered", "é"),
        ("remembered", "!"),
        ("remembered", sealed + "="),
    ):
        with pytest.raises(Invalid):
            sealer.open(purpose, text)


def test_digests_are_equal_for_equal_values_of_one_purpose(tmp_path: Path) -> None:
    sealer = KeyringSealer(new_keyring(tmp_path))
    assert sealer.digest("network", "a") == sealer.digest("network", "a")
    assert len(sealer.digest("network", "a")) == 64
    other = KeyringSealer(new_keyring(tmp_path, "other.key"))
    assert (
        len(
            {
                sealer.digest("network", "a"),
                sealer.digest("device", "a"),
                sealer.digest("network", "A"),
                other.digest("network", "a"),
            }
        )
        == 4
    )
