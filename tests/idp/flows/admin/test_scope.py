"""Who may do what, and whom they may see."""

import ast
import inspect
from dataclasses import replace
from types import ModuleType

import pytest

from idp.errors import Invalid, NotAllowed, NotFound
from idp.flows.admin import accounts, alerts, clients, departments, log, overview, people, roles, scope
from idp.flows.admin.scope import NAMES, OPERATOR, Admin, beneath, required_reason
from idp.model import ADMINISTRATOR_ROLES
from tests.support.house import House

NOBODY = Admin("sub_nobody", frozenset(), None, frozenset())


@pytest.mark.parametrize("module", [accounts, alerts, clients, departments, log, overview, people, roles])
def test_every_flow_asks_for_its_permission_first(module: ModuleType) -> None:
    """Any public function that is given an administrator requires something of them before anything else."""
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            if not any(argument.arg == "admin" for argument in node.args.args):
                continue
            body = [one for one in node.body if not isinstance(getattr(one, "value", None), ast.Constant)]
            first = ast.unparse(body[0])
            delegated = first.startswith(("return ask(", "get(")) or "get(idp, admin" in first or "known =" in first
            assert first.startswith("admin.require") or delegated, f"{module.__name__}.{node.name}: {first}"


def test_nobody_may_do_anything(house: House) -> None:
    idp, now = house.idp, house.clock()
    for call in (
        lambda: people.search(idp, NOBODY, ""),
        lambda: people.get(idp, NOBODY, "sub_x", now),
        lambda: people.resolve(idp, NOBODY, "x", now),
        lambda: people.disable(idp, NOBODY, "sub_x", "r", now),
        lambda: people.enrolment_code(idp, NOBODY, "sub_x", "r", now),
        lambda: roles.grant(idp, NOBODY, "sub_x", "payroll-clerk", "r", now),
        lambda: roles.waiting(idp, NOBODY, now),
        lambda: clients.listed(idp, NOBODY),
        lambda: clients.last_event(idp, NOBODY, "docs", "token.issued", now),
        lambda: departments.tree(idp, NOBODY),
        lambda: departments.test(idp, NOBODY, "local"),
        lambda: departments.put(idp, NOBODY, [departments.LOCAL], "r"),
        lambda: log.search(idp, NOBODY, log.Wanted()),
        lambda: log.verify(idp, NOBODY),
        lambda: alerts.listed(idp, NOBODY),
        lambda: overview.today(idp, NOBODY, now),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_no_role_holds_every_permission() -> None:
    for role in ADMINISTRATOR_ROLES:
        held = {one.name for one in scope.PERMISSIONS if role in one.roles}
        assert held
        assert held < set(NAMES)


def test_the_audit_administrator_holds_only_reading() -> None:
    held = {one.name for one in scope.PERMISSIONS if scope.AUDIT in one.roles}
    assert all(name.endswith(".read") for name in held)


def test_a_branch_is_the_department_and_all_beneath(house: House) -> None:
    configuration = house.idp.ports.truth.configuration()
    assert beneath(configuration, "north") == {"north", "far-north"}
    assert beneath(configuration, "far-north") == {"far-north"}


def test_the_department_of_the_console_sees_the_whole(house: House) -> None:
    idp, now = house.idp, house.clock()
    local, north = (
        house.person("seer", "a password of some length"),
        house.person("n", "a password too", department="north"),
    )
    configuration = idp.ports.truth.configuration()
    standings = [idp.ports.truth.people.standing(one.id, now) for one in (local, north)]
    assert scope.admin_of(standings[0], (), configuration).branch is None  # type: ignore[arg-type]
    assert scope.admin_of(standings[1], (), configuration).branch == {"north", "far-north"}  # type: ignore[arg-type]


def test_outside_the_branch_is_not_found(house: House) -> None:
    subject = house.person("southerner", "a password of some length", department="south")
    northern = replace(OPERATOR, subject_id="sub_n", branch=frozenset({"north"}))
    with pytest.raises(NotFound):
        people.get(house.idp, northern, subject.id, house.clock())
    with pytest.raises(NotFound):
        people.resolve(house.idp, northern, "southerner", house.clock())
    assert people.search(house.idp, northern, "southerner").total == 0
    with pytest.raises(NotAllowed):
        log.search(house.idp, northern, log.Wanted())


@pytest.mark.parametrize("typed", ["", "  \t ", "x" * 501])
def test_a_reason_is_words(typed: str) -> None:
    with pytest.raises(Invalid):
        required_reason(typed)
