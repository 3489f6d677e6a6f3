"""A directory that really locks (slapd with ppolicy) is never brought to it by whoever guesses through us.

Spec: ASVS 5.0 V6.1.1 (anti-automation that is no lock-out); slapo-ppolicy(5) `pwdMaxFailure`.
"""

from pathlib import Path
from threading import BoundedSemaphore

import pytest
from ldap3 import BASE

from adapters.connectors.bulkhead import Bounded, Bulkhead
from demo.directories import edit
from idp.errors import ProofRejected
from idp.model import PasswordState
from idp.secret import Secret
from tests.support.house import Browser, House, house_in
from tests.support.slapd import Directory, directory

ALIASES = ("alice@mof.example", "alice", "ALICE@mof.example", "MOF\\alice")
RIGHT = "Demo-alice-1"


def counted(mof: Directory) -> tuple[int, bool]:
    """(failures in a row that the directory itself has counted for Alice, whether it locked her)."""
    with edit._administrator(mof.prepared) as connection:  # operational attributes are its administrator's alone
        wanted = ["pwdFailureTime", "pwdAccountLockedTime"]
        answer = connection.search(mof.dn("alice"), "(objectClass=*)", BASE, attributes=wanted)
    (entry,) = answer[2]
    return len(entry["attributes"].get("pwdFailureTime", ())), bool(entry["attributes"].get("pwdAccountLockedTime"))


def guess(house: House, times: int) -> None:
    """Each from a network of its own, at a device that nobody knows, by another of her names."""
    for number in range(times):
        stranger = Browser(house, f"198.18.{number}.9").get("/sign-in").submit(username=ALIASES[number % len(ALIASES)])
        if stranger.path == "/sign-in/department":
            stranger.submit(department="mof")
        stranger.submit(password=f"guess {number}")
        assert (stranger.path, stranger.cookie("session")) == ("/sign-in/password", None)


@pytest.mark.parametrize("threshold", [3, 5, 10])
def test_a_storm_of_guesses_never_locks_her_at_her_directory(tmp_path: Path, threshold: int) -> None:
    with directory(tmp_path / "slapd") as mof:
        edit.replace(mof.prepared, "cn=default,ou=policies,dc=mof,dc=example", "pwdMaxFailure", [str(threshold)])
        connector = mof.connector()
        (tmp_path / "house").mkdir()
        with house_in(tmp_path / "house", {"mof": connector}) as house:
            assert connector.lockout_threshold() == threshold
            own = Browser(house).get("/sign-in").submit(username=ALIASES[0]).submit(password=RIGHT)
            assert own.path.startswith("/sign-in/enrol")
            for _ in range(3):
                guess(house, 2 * threshold)
                failures, locked = counted(mof)
                assert 0 < failures < threshold and not locked
            # Slapd itself says so: her right password is good there.
            entry = connector.find("alice")
            assert entry is not None and connector.verify_password(entry, Secret(RIGHT)) == PasswordState()
        connector.close()


def test_the_same_guesses_at_the_directory_itself_lock_her(tmp_path: Path) -> None:
    """So that what is shown above is our doing, and not that the directory does not lock."""
    with directory(tmp_path) as mof:
        connector = mof.connector()
        entry = connector.find("alice")
        assert entry is not None
        for number in range(connector.lockout_threshold() or 0):
            with pytest.raises(ProofRejected):
                connector.verify_password(entry, Secret(f"guess {number}"))
        assert counted(mof)[1]
        connector.close()


def test_whoever_keeps_the_directory_busy_gains_no_guess(tmp_path: Path) -> None:
    """The threshold cannot be read while all places are taken; the one that was read last holds."""
    with directory(tmp_path) as mof:
        edit.replace(mof.prepared, "cn=default,ou=policies,dc=mof,dc=example", "pwdMaxFailure", ["5"])
        connector = mof.connector()
        bounded = Bounded("mof", connector, Bulkhead(BoundedSemaphore(9), own=1, few=1))
        assert bounded.lockout_threshold() == 5
        with bounded.bulkhead.place():
            assert bounded.lockout_threshold() == 5
        mof.freeze()
        assert bounded.lockout_threshold() == 5
        mof.thaw()
        connector.close()
