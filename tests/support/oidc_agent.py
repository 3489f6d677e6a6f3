"""`oidc-agent` without a screen or a keyring: the agent of one test in a folder of its own, and its tools."""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.needs import needs

PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Agent:
    """A running agent. `run` is one of its tools, to its end; `begin` is one that prints an address and waits."""

    environment: dict[str, str]
    log: Path

    def run(self, *words: str) -> str:
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}{self.log.read_text()}"
        return done.stdout.strip()

    @contextmanager
    def begin(self, words: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
        process = subprocess.Popen(
            (*words, "--pw-env", "--prompt=none", "--confirm-default"),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def said(process: "subprocess.Popen[str]", pattern: str) -> str:
    """What fits the pattern, in the next line that has it."""
    heard = []
    assert process.stdout is not None
    for line in process.stdout:
        heard.append(line)
        if found := re.search(pattern, line):
            return found[0]
    raise AssertionError(f"it never said {pattern}: {''.join(heard)[-3000:]}")


@contextmanager
def oidc_agent() -> Iterator[Agent]:
    """The agent in the foreground; everything that it kept is gone at the end."""
    program = needs("oidc-agent", "oidc-agent-cli")
    with tempfile.TemporaryDirectory(prefix="agent-", ignore_cleanup_errors=True) as name:
        folder = Path(name)  # short: a unix socket's path has 108 octets
        (folder / "kept").mkdir(mode=0o700)
        environment = {
            **os.environ,
            "HOME": name,
            "OIDC_CONFIG_DIR": str(folder / "kept"),
            "OIDC_SOCK": str(folder / "socket"),
            "OIDC_ENCRYPTION_PW": "seals what the agent keeps",
        }
        with (folder / "log").open("wb") as sink:
            process = subprocess.Popen(
                (program, "--console", "--bind_address", environment["OIDC_SOCK"]),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it forks, for the address that it listens at
            )
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not (folder / "socket").exists():
                assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)
            yield Agent(environment, folder / "log")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
