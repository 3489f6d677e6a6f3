"""Groups give roles by the department's table; nothing else does."""

from hypothesis import given
from hypothesis import strategies as st

from idp.mapping import Example, RoleMapping, check_examples, derive, forbidden_roles, from_table, to_table
from idp.model import ADMINISTRATOR_ROLES, Entry, Text

TABLE = RoleMapping({"clerks": ("clerk",), "heads": ("clerk", "approver")}, {"heads": 4, "guests": 3}, 2)
names = st.text(min_size=1, max_size=8)
mappings = st.builds(
    RoleMapping,
    st.dictionaries(names, st.lists(names | st.sampled_from(ADMINISTRATOR_ROLES), max_size=3).map(tuple), max_size=5),
    st.dictionaries(names, st.integers(1, 4), max_size=5),
    st.integers(1, 4),
)


def entry(*groups: str, disabled: bool = False, zh: str | None = None) -> Entry:
    return Entry("id", "dn", (), "Alice", zh, None, groups, disabled)


def test_groups_give_roles_and_say_so() -> None:
    derived = derive(entry("heads", "clerks", "choir", zh="爱丽"), TABLE)
    assert derived.roles == {"clerk", "approver"}
    assert derived.because == {"clerk": ("clerks", "heads"), "approver": ("heads",)}
    assert derived.unmapped == ("choir",)
    assert derived.clearance == 4
    assert derived.display_name == Text("Alice", "爱丽")


def test_a_group_without_a_line_gives_nothing() -> None:
    derived = derive(entry("Clerks", "clerks ", "clerk"), TABLE)
    assert derived.roles == frozenset() and derived.clearance == 2
    assert derived.display_name == Text("Alice", "Alice")


def test_who_is_disabled_has_nothing() -> None:
    derived = derive(entry("heads", disabled=True), TABLE)
    assert (derived.roles, derived.clearance, derived.because) == (frozenset(), 1, {})


@given(mappings, st.lists(names, max_size=5))
def test_no_table_gives_an_administrators_role(mapping: RoleMapping, groups: list[str]) -> None:
    derived = derive(entry(*groups), mapping)
    assert not derived.roles & set(ADMINISTRATOR_ROLES)
    assert derived.roles <= {role for group in groups for role in mapping.roles.get(group, ())}
    assert derived.clearance <= max([mapping.default_clearance, *(mapping.clearance.get(group, 1) for group in groups)])


@given(mappings)
def test_what_is_kept_is_what_was_written(mapping: RoleMapping) -> None:
    assert from_table(to_table(mapping)) == mapping


def test_examples_that_do_not_hold_are_named() -> None:
    right = Example("clerk", ("clerks",), frozenset({"clerk"}), 2)
    wrong = Example("head", ("heads",), frozenset({"clerk"}), 3)
    assert check_examples(TABLE, [right]) == ()
    found = check_examples(TABLE, [right, wrong])
    assert [(one.example, one.field, one.expected, one.found) for one in found] == [
        (1, "roles", "clerk", "approver, clerk"),
        (1, "clearance", "3", "4"),
    ]


def test_roles_of_another_branch_are_forbidden() -> None:
    mapping = RoleMapping({"a": ("clerk", "audit-administrator"), "b": ("foreign",)})
    assert forbidden_roles(mapping) == (("a", "audit-administrator"),)
    assert forbidden_roles(mapping, {"clerk"}) == (("a", "audit-administrator"), ("b", "foreign"))
