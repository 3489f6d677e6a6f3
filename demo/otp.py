"""`make otp PERSON=alice`: what her authenticator app would show. `make enrol-code PERSON=alice`: a new printed code.

The seed is read from `otp/<person>.secret`, which whoever enrolled her in the demonstration wrote there; a seed that a
real phone holds cannot be shown, and the server never tells one. Spec: RFC 6238 (SHA-1, 30 s, six digits).
"""

import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pyotp

from demo.travel import names_of

STEP_SECONDS = 30


class NoSeed(Exception):
    """The demonstration holds no seed of this person."""


def secret_file(state_dir: Path, person: str) -> Path:
    """Where the base32 seed of a demonstration person is kept.

    Raises:
        NoSeed: this can be nobody's name.
    """
    short = names_of(person)[1]
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", short):
        raise NoSeed(f"{person!r} is nobody's name. Say PERSON=alice.")
    return state_dir / "otp" / f"{short}.secret"


def keep(state_dir: Path, person: str, secret: str) -> None:
    """Keep the base32 seed of a demonstration person, readable by the owner only."""
    path = secret_file(state_dir, person)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")


def code(state_dir: Path, person: str, now: datetime) -> str:
    """The six digits that are right at `now`.

    Raises:
        NoSeed: the demonstration holds no seed of this person.
    """
    path = secret_file(state_dir, person)
    try:
        secret = path.read_text().strip().replace(" ", "")
    except FileNotFoundError:
        hint = f"enrol in the browser and put the key that it shows into {path}, or run `make demo`"
        raise NoSeed(f"No authenticator app of {person} is kept here: {hint}.") from None
    return pyotp.TOTP(secret, interval=STEP_SECONDS).at(now)


def show(state_dir: Path, person: str) -> None:
    """Print the code and for how long it is right."""
    now = datetime.now().astimezone()
    left = STEP_SECONDS - int(time.time()) % STEP_SECONDS
    print(f"{code(state_dir, person, now)}   (for {left} s more)")


def new_enrolment_code(state_dir: Path, person: str) -> int:
    """Let the product make a new enrolment code; returns the exit status of its command line."""
    config = str(state_dir / "gerege.toml")
    command = (sys.executable, "-m", "idp.cli", "person", "enrol-code", "--config", config, person)
    return subprocess.run(command, check=False).returncode
