"""Java and its packages for tests: Debian's JDK and Maven; every jar must have the SHA-256 that the test pins.

Nothing of it ships. What Maven brings is believed only after its sums; nothing else is on the class path.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.needs import needs

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gerege" / "java"


def jars(pom: str, sums: str) -> Path:
    """A folder with exactly these jars. `sums`: lines of sha256sum. Skips, or fails with CI=true, offline."""
    target = CACHE / hashlib.sha256((pom + sums).encode()).hexdigest()[:16]
    if not (target / "checked").exists():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        (target / "pom.xml").write_text(pom, encoding="utf-8")
        maven = needs("mvn", "maven")
        command = (maven, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={target}")
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False, timeout=50)
        if done.returncode:
            said = f"needs jars (from Maven Central: {done.stdout.strip()[-300:]})"
            pytest.fail(said) if os.environ.get("CI") == "true" else pytest.skip(said)
        (target / "checked").touch()
    wanted = {name: digest for digest, name in (line.split() for line in sums.splitlines())}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in target.glob("*.jar")}
    assert found == wanted, "a jar is not the one that was pinned"
    return target


def compiled(sources: dict[str, str], libraries: Path, folder: Path) -> str:
    """Compile these sources (class → text) into `folder`. Returns the class path to run them with."""
    files = []
    for name, text in sources.items():
        files.append(folder / f"{name}.java")
        files[-1].write_text(text, encoding="utf-8")
    command = (
        needs("javac", "openjdk-17-jdk-headless"),
        "-Xlint:all",
        "-Werror",
        "-cp",
        f"{libraries}/*",
        "-d",
        folder,
    )
    done = subprocess.run((*command, *files), capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    return f"{folder}:{libraries}/*"
