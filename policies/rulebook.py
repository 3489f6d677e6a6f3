"""Read rule files into a rule book, or say everything that is wrong with them: file, line, and the fix.

Obeys: Cedar policy grammar and validation; our annotations (`@id @because @application @acr @life_minutes
@session_idle_minutes @session_minutes`). Checks what makes the engine's shortcuts safe: an `@acr` rule is a forbid that
exactly that assurance lifts, and no other rule looks at assurance, so more assurance never permits less.
Does not: decide.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cedarpy
from cedarpy import pst

from policies.cedar import Shelf, shelf
from policies.decision import BUILT_IN
from policies.question import ACR_ORDER, assurance_rank
from policies.statements import Statement, statements

ACTIONS = ("signIn", "hold", "issue")
SCHEMA_FILE = "schema.cedarschema"
ANNOTATIONS = frozenset(
    {"id", "because", "application", "acr", "life_minutes", "session_idle_minutes", "session_minutes"}
)
MINUTES = ("life_minutes", "session_idle_minutes", "session_minutes")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a rule set, where it is, and what to do about it."""

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}. {self.fix}"


class PolicyError(ValueError):
    """A rule set was refused. `problems` holds every reason, in order of file and line."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy: its Cedar tree, where it was read, and what its annotations say."""

    id: str
    because: str
    effect: str
    actions: frozenset[str]
    applications: frozenset[str]
    acr: int
    minutes: Mapping[str, int]
    tree: pst.Template
    alone: cedarpy.PolicySet
    file: str
    line: int

    def serves(self, application: str) -> bool:
        """Whether the rule is in the slice of this application."""
        return not self.applications or application in self.applications


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A valid rule set: parsed, checked, immutable.

    `slices` are keyed by application and action; "" is for the applications that no rule names.
    """

    rules: Mapping[str, Rule]
    slices: Mapping[tuple[str, str], cedarpy.PolicySet]
    schema: cedarpy.Schema
    shelf: Shelf
    version: str

    def slice(self, application: str, action: str) -> cedarpy.PolicySet:
        """The policies that can matter to this action on this application."""
        # Safe: a name without rules of its own falls back to the general ones, which every slice contains.
        found = self.slices.get((application, action))
        return self.slices["", action] if found is None else found

    def rules_for(self, application: str, action: str) -> list[Rule]:
        """The rules that can matter to this action on this application, in the order of the files."""
        return [rule for rule in self.rules.values() if rule.serves(application) and action in rule.actions]


def read(files: Mapping[str, str], messages: Collection[str]) -> RuleBook:
    """Make a rule book of texts by file name (the schema among them).

    `messages` are the known message ids. Raises: PolicyError with every problem found.
    """
    schema = _schema(files)
    problems: list[Problem] = [] if set(BUILT_IN.values()) <= set(messages) else [_missing_built_in(messages)]
    rules: dict[str, Rule] = {}
    for name, text in sorted(files.items()):
        if name.endswith(".cedar"):
            for statement in statements(name, text):
                _add(statement, schema, messages, rules, problems)
    if not rules and not problems:
        problems.append(Problem(SCHEMA_FILE, 1, "there is no rule at all", "Add a .cedar file, or nobody gets in"))
    if problems:
        raise PolicyError(problems)
    names = {"", *(name for rule in rules.values() for name in rule.applications)}
    slices = {(name, action): _together(rules, name, action) for name in names for action in ACTIONS}
    return RuleBook(rules, slices, schema, shelf(schema), _digest(files))


def _schema(files: Mapping[str, str]) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(files[SCHEMA_FILE])
    except KeyError:
        raise PolicyError([Problem(SCHEMA_FILE, 1, "the schema is missing", "Put it beside the rules")]) from None
    except ValueError as error:
        raise PolicyError([Problem(SCHEMA_FILE, 1, str(error), "Correct the schema: no rule can be checked")]) from None


def _missing_built_in(messages: Collection[str]) -> Problem:
    lacking = ", ".join(sorted(set(BUILT_IN.values()) - set(messages)))
    return Problem("(messages)", 1, f"messages are missing: {lacking}", "Write their texts in both languages")


def _add(
    statement: Statement,
    schema: cedarpy.Schema,
    messages: Collection[str],
    rules: dict[str, Rule],
    problems: list[Problem],
) -> None:
    try:
        parsed = cedarpy.policies_to_pst(statement.text)
    except ValueError as error:
        problems.append(statement_problem(statement, str(error), "Correct the syntax of the policy that begins here"))
        return
    if parsed.templates or len(parsed.static_policies) != 1:
        problems.append(statement_problem(statement, "not one plain policy", "Write permit or forbid without ?slots"))
        return
    (tree,) = parsed.static_policies.values()
    found = [statement_problem(statement, what, fix) for what, fix in _wrongs(tree, messages, rules)]
    checked = cedarpy.validate_policies(statement.text, schema)
    found += [
        statement_problem(statement, e.error.replace("for policy `policy0`, ", ""), _SCHEMA_FIX) for e in checked.errors
    ]
    problems += found
    if not found:
        rule = _rule(statement, tree)
        rules[rule.id] = rule


_SCHEMA_FIX = "Use only the entities, attributes and actions of the schema, and test optional ones with `has`"


def statement_problem(statement: Statement, what: str, fix: str) -> Problem:
    """A problem at the place of a statement."""
    return Problem(statement.file, statement.line, what.rstrip("."), fix)


def _rule(statement: Statement, tree: pst.Template) -> Rule:
    notes = tree.annotations
    named = replace(tree, id=notes["id"])
    return Rule(
        id=notes["id"],
        because=notes["because"],
        effect=tree.effect,
        actions=_actions(tree),
        applications=frozenset(notes.get("application", "").replace(",", " ").split()),
        acr=assurance_rank(notes.get("acr")),
        minutes={name: int(notes[name]) for name in MINUTES if name in notes},
        tree=named,
        alone=cedarpy.PolicySet.from_pst(pst.PolicySet({}, {named.id: named}, ())),
        file=statement.file,
        line=statement.line,
    )


def _wrongs(tree: pst.Template, messages: Collection[str], rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    notes = tree.annotations
    id_ = notes.get("id", "")
    if not id_:
        yield "the policy has no @id", 'Add @id("short-name"): reasons and the audit log call it by that'
    elif id_ in rules or id_ in BUILT_IN:
        yield f"the id {id_} is taken", "Choose another @id"
    if notes.get("because") not in messages:
        yield f"@because {notes.get('because', '(none)')} is no known message", "Write its text in both languages first"
    if unknown := sorted(set(notes) - ANNOTATIONS):
        yield f"unknown annotation @{unknown[0]}", f"Known are: {', '.join(sorted(ANNOTATIONS))}"
    if "application" in notes and not notes["application"].replace(",", " ").split():
        yield "@application is empty", "Name applications, or take the annotation away for a general rule"
    if not _actions(tree):
        yield "the policy names no action", 'Write action == Action::"signIn", "hold" or "issue"'
    yield from _wrong_assurance(tree)
    yield from _wrong_minutes(tree)


def _wrong_assurance(tree: pst.Template) -> Iterator[tuple[str, str]]:
    acr = tree.annotations.get("acr")
    asks = sum(1 for node in walk(tree.clauses) if node == _ASSURANCE)
    if acr is None:
        if asks:
            yield "the rule looks at assurance without @acr", "Write a forbid with @acr, lifted by that assurance"
        return
    if acr not in ACR_ORDER:
        yield f"@acr {acr} is no assurance level", f"Use one of {', '.join(ACR_ORDER)}"
        return
    lifted = pst.Unless(pst.BinaryOp("greater_eq", _ASSURANCE, pst.LongLit(assurance_rank(acr))))
    if tree.effect != "forbid" or asks != 1 or tree.clauses[-1:] != (lifted,) or "issue" in _actions(tree):
        fix = (
            f"Write a forbid on signIn or hold that ends with: unless {{ context.assurance >= {assurance_rank(acr)} }}"
        )
        yield "@acr does not fit what the rule does", fix


def _wrong_minutes(tree: pst.Template) -> Iterator[tuple[str, str]]:
    notes, actions = tree.annotations, _actions(tree)
    for name in MINUTES:
        if name in notes and not (notes[name].isascii() and notes[name].isdigit() and 0 < int(notes[name]) <= 1440):
            yield f"@{name} is not a number of minutes", f'Write @{name}("15"), 1 to 1440'
    if ("life_minutes" in notes) != (tree.effect == "permit" and "issue" in actions):
        yield "@life_minutes belongs to permits of issue, and each of them needs it", "Add it there, remove it here"
    if {"session_idle_minutes", "session_minutes"} & set(notes) and not (
        tree.effect == "permit" and actions == {"signIn"}
    ):
        yield "session limits belong to permits of signIn", "Move the annotation to such a permit"


_ASSURANCE = pst.GetAttr(pst.Var("context"), "assurance")


def walk(node: Any) -> Iterator[Any]:
    """Every node of a Cedar tree, parents first."""
    yield node
    if isinstance(node, tuple):
        inner: Any = node
    elif isinstance(node, Mapping):
        inner = node.values()
    else:
        inner = (getattr(node, name) for name in getattr(node, "__dataclass_fields__", ()))
    for child in inner:
        if isinstance(child, tuple | Mapping) or hasattr(child, "__dataclass_fields__"):
            yield from walk(child)


def attributes(tree: pst.Template) -> list[tuple[str, ...]]:
    """Paths of the attributes that a rule looks at, such as ("principal", "roles"), each once, in order."""
    paths = (_path(node) for node in walk(tree.clauses))
    return list(dict.fromkeys(path for path in paths if len(path) > 1))


def literals_compared_with_roles(tree: pst.Template) -> set[str]:
    """Role names that a rule mentions itself."""
    found: set[str] = set()
    for node in walk(tree.clauses):
        if isinstance(node, pst.BinaryOp) and _path(node.left) == ("principal", "roles"):
            found |= {leaf.value for leaf in walk(node.right) if isinstance(leaf, pst.StringLit)}
    return found


def _path(node: Any) -> tuple[str, ...]:
    """("resource", "grade") for `resource.grade` and for `resource has grade`; () for what is no such path."""
    if isinstance(node, pst.Var):
        return (node.name,)
    if isinstance(node, pst.GetAttr):
        base = _path(node.base)
        return (*base, node.attr) if base else ()
    if isinstance(node, pst.HasAttr):
        base = _path(node.base)
        return (*base, *node.attrs) if base else ()
    return ()


def _actions(tree: pst.Template) -> frozenset[str]:
    match tree.action:
        case pst.ActionEq(entity):
            return frozenset({entity.id})
        case pst.ActionIn(entities):
            return frozenset(entity.id for entity in entities)
    return frozenset()


def _together(rules: Mapping[str, Rule], application: str, action: str) -> cedarpy.PolicySet:
    trees = {r.id: r.tree for r in rules.values() if r.serves(application) and action in r.actions}
    return cedarpy.PolicySet.from_pst(pst.PolicySet({}, trees, ()))


def _digest(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        if name.endswith((".cedar", ".cedarschema")):
            digest.update(f"{len(name)}:{name}{len(text)}:".encode())
            digest.update(text.encode())
    return digest.hexdigest()
