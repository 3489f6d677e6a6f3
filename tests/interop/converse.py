"""A client's program in Node and a person's browser, which goes wherever the program wants it."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.interop.conftest import Reader
from tests.support.node import installed, node

HERE = Path(__file__).parent / "node"
PLAINLY = {'from "oauth4webapi"': 'from "./loopback.mjs"'}
"""A how-to's module at loopback: the same library, told that plain http will do."""


Errand = Callable[[dict[str, Any]], dict[str, object] | None]
"""What a program wants of a person, done. None: it wants nothing, that was its last word."""


def converse(folder: Path, program: str, modules: dict[str, str], person: Reader, until: str, **said: object) -> Any:
    """Run a program of `node/` beside these modules (file → text), with somebody without a screen.

    Args:
        folder: empty, for it to run in. until: how an address of the application begins. said: what it hears first.
    Returns: what it found.
    """
    return talk(folder, program, modules, lambda heard: errand(heard, person, until), {}, **said)


def talk(
    folder: Path, program: str, modules: dict[str, str], do: Errand, environment: Mapping[str, str], **said: object
) -> Any:
    """The same with anybody who does its errands, and Node in an environment of its own."""
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
        env={**os.environ, "NODE_NO_WARNINGS": "1", **environment},
    )
    assert running.stdin and running.stdout and running.stderr
    try:
        if said:
            print(json.dumps(said), file=running.stdin, flush=True)
        while line := running.stdout.readline():
            heard = json.loads(line)
            answer = do(heard)
            if answer is None:
                return heard
            print(json.dumps(answer), file=running.stdin, flush=True)
        raise AssertionError(running.stderr.read()[-3000:])
    finally:
        running.kill()
        running.communicate()


def errand(heard: dict[str, Any], person: Reader, until: str) -> dict[str, object] | None:
    """What the program wants of the person, done. None: it wants nothing, that was its last word."""
    match heard:
        case {"open": str(url)}:
            return {"at": person.follow(url, until)}
        case {"look": str(url)}:
            person.browser.stop = until
            page = person.browser.get(url)
            return {"at": page.url, "status": page.status}
        case {"device": str(url)}:
            return {"text": person.allow_device(url)}
        case {"approve": str(message)}:
            return {"text": person.approve(message)}
        case _:
            return None
