"""A client's program in Node and a person's browser, which goes wherever the program wants it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.interop.conftest import Reader
from tests.support.node import installed, node

HERE = Path(__file__).parent / "node"


def converse(folder: Path, program: str, modules: dict[str, str], person: Reader, until: str, **said: object) -> Any:
    """Run a program of `node/` beside these modules (file → text).

    Args:
        folder: empty, for it to run in. until: how an address of the application begins. said: what it hears first.
    Returns: what it found.
    """
    (folder / "node_modules").symlink_to(installed(HERE) / "node_modules")
    for path in HERE.glob("*.mjs"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in modules.items():
        (folder / name).write_text(text, encoding="utf-8")
    running = subprocess.Popen(
        (node(), program),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
    )
    assert running.stdin and running.stdout and running.stderr
    try:
        if said:
            print(json.dumps(said), file=running.stdin, flush=True)
        while line := running.stdout.readline():
            heard = json.loads(line)
            if "open" not in heard:
                return heard
            print(json.dumps({"at": person.follow(heard["open"], until)}), file=running.stdin, flush=True)
        raise AssertionError(running.stderr.read()[-3000:])
    finally:
        running.kill()
        running.communicate()
