"""A how-to's application, registered at the running demonstration by the how-to's own command."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters import connect
from adapters.sql.truth import STALE_SECONDS
from config.load import load
from idp.app import build
from idp.flows.context import Idp
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo


def register(there: Demonstration, howto: HowTo, **files: str) -> list[Any]:
    """Type the how-to's lines of `bin/gerege`; its plan stands beside these files (name → text, `_` for `.`).

    Returns: what each line answers, when every worker has seen it.
    """
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name.replace("_", ".")).write_text(text, encoding="utf-8")
        answers = [there.ask(*_planned(words, howto, Path(folder))) for words in howto.gerege()]
    time.sleep(STALE_SECONDS + 0.1)
    return answers


def _planned(words: list[str], howto: HowTo, folder: Path) -> list[str]:
    if words[0] != "apply":
        return words
    plan = folder / words[1]
    plan.write_text(howto.blocks("toml")[0], encoding="utf-8")
    return ["apply", str(plan), *words[2:]]


@contextmanager
def product(there: Demonstration) -> Iterator[Idp]:
    """The running demonstration's own stores and keys, in this process."""
    settings = load(there.state_dir / "gerege.toml", {})
    ports = connect(settings)
    try:
        yield build(settings, ports)
    finally:
        ports.close()
