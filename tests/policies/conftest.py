"""One engine of the real rules, and questions in short form from the cast of the examples."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies import examples
from policies.engine import Engine
from policies.question import Question

ROOT = Path(__file__).parents[2]
REASONS = ROOT / "idp" / "translations" / "reasons.policy.toml"
Asking = Callable[..., Question]


@pytest.fixture(scope="session")
def messages() -> frozenset[str]:
    return frozenset(tomllib.loads(REASONS.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    folder = examples.HERE
    return {p.name: p.read_text(encoding="utf-8") for p in [*folder.glob("*.cedar"), *folder.glob("*.cedarschema")]}


@pytest.fixture(scope="session")
def engine(messages: frozenset[str]) -> Engine:
    return Engine.load(examples.HERE, messages=messages)


@pytest.fixture(scope="session")
def asking() -> Asking:
    cast = tomllib.loads((examples.HERE / "cast.toml").read_text(encoding="utf-8"))

    def ask(who: Any, app: Any, *ask: Any, **circumstances: Any) -> Question:
        return examples.question(cast, {"who": who, "app": app, "ask": list(ask), **circumstances})

    return ask
