#!/usr/bin/env python3
"""Make `.venv` hold exactly what the lock says: `python3 tools/environment.py run|dev`.

Uses `uv` when it is on the PATH, else pip, run from the pinned wheel beside this file, so that a Python without
`ensurepip` (Debian's, without python3-venv) is enough. Every package is checked against the hashes in
`requirements/*.txt`. A stamp in the environment tells what it holds: nothing happens until the lock, the Python or the
place of the checkout changes.

Needs only the standard library. Does not choose versions (`make lock` does) and installs nothing outside `.venv`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "gerege-lock"
PIP = ROOT / "tools" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
OLDEST_PYTHON = (3, 11)
SETS = ("run", "dev")  # each contains the one before it
SEARCH_PATH = (ROOT, ROOT / "sdk" / "src")


def main(wanted: str) -> None:
    """Bring `.venv` to the wanted set of packages. Exits with a sentence when it cannot."""
    if wanted not in SETS:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(SETS)}")
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 …")
    held = STAMP.read_text().strip() if PYTHON.exists() and STAMP.exists() else ""
    if held in {state(name) for name in SETS[SETS.index(wanted) :]}:
        return
    began = time.monotonic()
    print(f"Making .venv from requirements/{wanted}.txt …", flush=True)
    STAMP.unlink(missing_ok=True)  # an interrupted run must not look finished
    install(wanted, fresh=held not in {state(name) for name in SETS})
    search_path_file().write_text("".join(f"{path}\n" for path in SEARCH_PATH))
    STAMP.write_text(state(wanted) + "\n")
    print(f"Made .venv in {time.monotonic() - began:.0f} s.", flush=True)


def state(name: str) -> str:
    """What an environment that holds this set is made of: the set, and a digest over lock, Python and place."""
    made_of = [f"{sys.version_info[:2]} {ROOT}".encode()]
    made_of += [(ROOT / "requirements" / f"{each}.txt").read_bytes() for each in SETS[: SETS.index(name) + 1]]
    digest = hashlib.sha256(b"\0".join(made_of)).hexdigest()
    return f"{name} {digest}"


def install(name: str, *, fresh: bool) -> None:
    """Fill `.venv` with uv, or with pip where there is no uv."""
    lock = ROOT / "requirements" / f"{name}.txt"
    if uv := shutil.which("uv"):
        run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV)
        sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", PYTHON, lock]
        run(*sync)
        return
    if fresh:  # pip removes nothing, so a changed lock starts from nothing
        run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
    if hashlib.sha256(PIP.read_bytes()).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP} is not the file that was pinned; restore it from the repository.")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"]
    run(PYTHON, PIP / "pip", "install", *quiet, "--require-hashes", "--no-deps", "-r", lock)


def run(*command: object) -> None:
    """Run a command in the project; its output is the explanation when it fails."""
    elsewhere = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX"}  # another environment must not leak in
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    if subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False).returncode:
        sys.exit(f"Could not make .venv: `{' '.join(str(part) for part in command[:4])} …` failed, see above.")


def search_path_file() -> Path:
    """Where the environment is told to look for the project's own packages."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV), "platbase": str(VENV)})) / "gerege.pth"


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
