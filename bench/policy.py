"""How many policy decisions one core makes in a second: `python -m bench.policy`. Goal: 8 000 Cedar decisions.

Two figures are told apart. A Cedar decision is one action on one resource, entities parsed. A question is what a flow
asks: entry, every permission and the token's life, from fresh values, with the requests that step-up needs besides.
"""

import time
import tomllib
from collections.abc import Callable
from dataclasses import replace

from policies import cedar, examples
from policies.engine import Engine
from policies.explain import why
from policies.question import Question
from policies.rulebook import read

SECONDS = 1.0
ROUNDS = 3
QUESTIONS = {
    "Docs, one permission": {"who": "wang", "app": "docs", "ask": ["docs.read"], "zones": ["office"]},
    "Payroll at aal2, two permissions": {
        "who": "approver",
        "app": "payroll",
        "ask": ["payroll.read", "payroll.approve"],
        "acr": "aal2",
    },
    "refused at the door": {"who": "wang", "app": "docs", "ask": ["docs.read"], "country": "SG"},
}


def rate(call: Callable[[], object], batch: int = 50) -> float:
    """Calls in a second: the best of ROUNDS, since other programs can only slow a round down."""
    return max(_round(call, batch) for _ in range(ROUNDS))


def _round(call: Callable[[], object], batch: int) -> float:
    begin, calls = time.perf_counter(), 0
    while (passed := time.perf_counter() - begin) < SECONDS / ROUNDS:
        for _ in range(batch):
            call()
        calls += batch
    return calls / passed


def cedar_decisions(engine: Engine, question: Question, together: int) -> Callable[[], object]:
    """Ask Cedar about the entry, `together` times in one call."""
    book, ask, said = engine.book, cedar.entry(question.application), cedar.context(question.circumstances)
    things = cedar.entities(question, book.shelf, book.schema)
    policies = book.slice(question.application.id, ask.action)
    return lambda: cedar.evaluate(question.who, said, [(ask, 1)] * together, policies, things, book.schema)


def fresh(engine: Engine, question: Question) -> Callable[[], object]:
    """Decide about a different person each time, so that no person is ever found parsed."""
    numbers = iter(range(10**9))
    return lambda: engine.decide(replace(question, who=replace(question.who, person_id=f"p{next(numbers)}")))


def main() -> None:
    """Measure and print a table."""
    messages = examples.known_messages(examples.HERE)
    engine = Engine.load(examples.HERE, messages=messages)
    cast = tomllib.loads((examples.HERE / "cast.toml").read_text(encoding="utf-8"))
    texts = {path.name: path.read_text(encoding="utf-8") for path in examples.HERE.glob("*.cedar*")}
    print(f"{len(engine.book.rules)} rules")
    for name, short in QUESTIONS.items():
        question = examples.question(cast, short)
        print(f"{name}:")
        print(f"  Cedar decisions/s, one by one   {rate(cedar_decisions(engine, question, 1)):8.0f}")
        print(f"  Cedar decisions/s, 10 in a call {10 * rate(cedar_decisions(engine, question, 10), 5):8.0f}")
        print(f"  whole questions/s               {rate(fresh(engine, question)):8.0f}")
        print(f"  explanations/s                  {rate(lambda q=question: why(engine, q), 1):8.0f}")  # type: ignore[misc]
    print(f"load and validate: {1000 / rate(lambda: read(texts, messages), 1):.0f} ms")


if __name__ == "__main__":
    main()
