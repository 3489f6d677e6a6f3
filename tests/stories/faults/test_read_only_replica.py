"""A replica that takes no writes: people sign in there, and a change of password says why it cannot be.

Its password policy cannot count there what it would write; guesses are counted here all the same. On a real slapd.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.connectors.ldap import LdapConnector
from demo.directories import edit
from demo.directories.launch import start_directory
from idp.errors import ProofRejected, Unavailable
from idp.secret import Secret
from tests.stories.faults.ground import Ground, opened

pytestmark = pytest.mark.ci
DN = "uid=he.ping,ou=people,dc=mof,dc=example"


@contextmanager
def read_only(ground: Ground) -> Iterator[None]:
    """slapd started again with `readonly on` (slapd.conf(5))."""
    prepared = ground.directory.prepared
    usual = next(part for part in prepared.command if part.endswith(".conf"))
    with open(usual, encoding="utf-8") as file:
        text = file.read()
    other = usual.replace(".conf", ".readonly.conf")
    with open(other, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^database mdb$", "database mdb\nreadonly on", text))
    ground.directory.kill()
    command = [other if part == usual else part for part in prepared.command]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while not prepared.ready() and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield
    finally:
        process.kill()
        process.wait()
        ground.directory.running = start_directory("mof", ground.state, kind="slapd", ports=ground.ports)


def test_people_sign_in_and_nothing_is_written(ground: Ground) -> None:
    with read_only(ground):
        with pytest.raises(edit.NotChanged):
            edit.replace(ground.directory.prepared, DN, "title", ["anything"])
        ground.works_again("he.ping")
        wrong = ground.sign_in("he.ping", password="not this one")
        assert not opened(wrong) and wrong.status == 200
        assert opened(ground.sign_in("he.ping"))
    ground.works_again("he.ping")


def test_a_change_of_password_says_why_it_cannot_be(ground: Ground) -> None:
    old, new = Secret("Demo-he.ping-1"), Secret("Another-password-2")
    with read_only(ground):
        connector: LdapConnector = ground.directory.connector(change_password=True)
        entry = connector.find("he.ping")
        assert entry is not None
        with pytest.raises(ProofRejected):
            connector.change_password(entry, new, old)
        with pytest.raises(Unavailable, match=r"password change: .*see its log"):
            connector.change_password(entry, old, new)
        connector.verify_password(entry, old)
        connector.close()
    ground.works_again("he.ping")
