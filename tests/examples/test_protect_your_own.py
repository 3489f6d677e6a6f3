"""The 15-line example: short as promised, and it guards."""

import ast
from pathlib import Path

import pytest

from tests.support.mini_op import MiniOP

APP = Path(__file__).parents[2] / "examples/protect_your_own/app.py"


def test_it_is_at_most_15_lines_of_code() -> None:
    tree = ast.parse(APP.read_text("utf-8"))
    tree.body = tree.body[1:]  # its docstring
    assert len([line for line in ast.unparse(tree).splitlines() if line.strip()]) <= 15


def test_it_lets_in_who_may_and_nobody_else(op: MiniOP, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUER", op.issuer)
    module: dict[str, object] = {"__name__": "my_app"}
    exec(compile(APP.read_text("utf-8"), str(APP), "exec"), module)
    client = module["app"].test_client()  # type: ignore[attr-defined]

    def ask(audience: str, scope: str) -> int:
        token = op.access_token(audience, scope)
        return int(client.get("/hello", headers={"Authorization": f"Bearer {token}"}).status_code)

    assert client.get("/hello").status_code == 401
    assert ask("urn:example:my-app", "my-app.read") == 200
    assert ask("urn:example:my-app", "my-app.write") == 403
    assert ask("urn:example:payroll", "my-app.read") == 401
