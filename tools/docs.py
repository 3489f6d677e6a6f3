"""Writes the documents that the code already holds: `python -m tools.docs [FILE]…` (all of them without a name).

`config/example.toml` and `docs/settings.md` from the settings, `docs/events.md` from the audit events,
`docs/commands.md` from the command line, `docs/specs.md` from the `Spec:` lines (`tools/specs.py`). `tests/docs` fails
while a file differs from what this gives. It writes nothing else, and reads no configuration of this machine.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import click
from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from config.load import PREFIX
from config.settings import Settings
from config.table import Table
from idp.events import EVENTS, Event
from tools import openapi, specs

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python -m tools.docs"
WRITTEN = f"<!-- Written by `{COMMAND}`. Change the code, then run it. -->"
LIMITS = {Ge: ("ge", "at least"), Gt: ("gt", "more than"), Le: ("le", "at most"), Lt: ("lt", "less than")}


def main(names: list[str]) -> int:
    """Write the named documents, or all. Returns the exit status."""
    unknown = [name for name in names if name not in DOCUMENTS]
    if unknown:
        print(f"{', '.join(unknown)}: not written by this; it writes {', '.join(DOCUMENTS)}")
        return 2
    for name in names or DOCUMENTS:
        path, text = ROOT / name, DOCUMENTS[name]()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{name} is written")
    return 0


# --- settings ---------------------------------------------------------------------------------------------------------


def tables() -> Iterator[tuple[str, type[Table], list[tuple[str, FieldInfo]]]]:
    """(name, model, its settings) of each table; the top of the file has the name ""."""
    top = [(name, field) for name, field in Settings.model_fields.items() if not _is_table(field)]
    yield "", Settings, top
    for name, field in Settings.model_fields.items():
        if _is_table(field):
            model: type[Table] = field.annotation  # type: ignore[assignment]
            yield name, model, list(model.model_fields.items())


def _is_table(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, Table)


def default_of(field: FieldInfo) -> str | None:
    """The default as TOML; None: not set."""
    value = field.get_default(call_default_factory=True)
    return None if value is None else toml(value)


def toml(value: object) -> str:
    """A plain value as TOML 1.0.0 writes it."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return json.dumps(value)


def bounds(field: FieldInfo) -> str:
    """`one of "a", "b"`, `at least 1, at most 60`, or nothing."""
    parts = list(get_args(field.annotation)) if get_origin(field.annotation) is Union else [field.annotation]
    words = [toml(word) for part in parts if get_origin(part) is Literal for word in get_args(part)]
    if words:
        return f"one of {', '.join(words)}"
    said = []
    for limit in field.metadata:
        if type(limit) in LIMITS:
            attribute, meaning = LIMITS[type(limit)]
            said.append(f"{meaning} {getattr(limit, attribute)}")
    return ", ".join(said)


def example_toml() -> str:
    """Every setting, commented out at its default."""
    lines = [
        "# Every setting of Gerege with its default. Remove the # before what you change; the rest may be left out.",
        f"# `gerege doctor --config FILE` says what is wrong. Written by `{COMMAND}`.",
    ]
    for name, model, settings in tables():
        if name:
            lines += ["", "", f"# {_sentences(model)}", f"[{name}]"]
        for key, field in settings:
            limits = bounds(field)
            lines += ["", f"# {field.description}" + (f" ({limits})" if limits else "")]
            default = default_of(field)
            lines.append(f"# {key}: not set" if default is None else f"# {key} = {default}")
    return "\n".join(lines) + "\n"


def settings_md() -> str:
    """Every setting as tables, with its name in the environment."""
    lines = [
        WRITTEN,
        "",
        "# Settings",
        "",
        "Defaults, then the file (`--config FILE` or `GEREGE_CONFIG`), then the environment; the later wins. A name "
        "that is not here is an error, and every problem is told at once with file, key and line. "
        "[`config/example.toml`](../config/example.toml) is the same as a file to start from.",
    ]
    for name, model, settings in tables():
        lines += ["", f"## `[{name}]`" if name else "## At the top of the file", ""]
        if name:
            lines += [_sentences(model), ""]
        lines += ["| setting | default | meaning | in the environment |", "|---|---|---|---|"]
        for key, field in settings:
            default = default_of(field)
            shown = "not set" if default is None else f"`{default}`"
            limits = bounds(field)
            meaning = f"{field.description}" + (f" ({limits})" if limits else "")
            variable = PREFIX + "__".join(part.upper() for part in (name, key) if part)
            lines.append(f"| `{key}` | {_cell(shown)} | {_cell(meaning)} | `{variable}` |")
    return "\n".join(lines) + "\n"


# --- events -----------------------------------------------------------------------------------------------------------


def events_md() -> str:
    """Every audit event: its name in the log, what it says, who writes it."""
    shared = [field.name for field in fields(Event) if field.name != "reason"]
    writers = _writers({kind.__name__ for kind in EVENTS.values()})
    lines = [
        WRITTEN,
        "",
        "# Audit events",
        "",
        "What the log tells. No event holds a name, mail, address or other personal value: people are subject ids, "
        "networks are keyed digests. `gerege audit search` finds events, `gerege audit verify` proves that none was "
        "changed.",
        "",
        f"Any event may also say {', '.join(f'`{name}`' for name in shared)}. What an administrator typed as the "
        "reason of a change may hold names, so it is in no event: the event says `reason_commitment`, and the reason "
        "is sealed beside the row, where `search` shows it, `verify` checks it, and deleting the person deletes it.",
        "",
        "| event | meaning | it also says | written by |",
        "|---|---|---|---|",
    ]
    for name, kind in EVENTS.items():
        own = ", ".join(f"`{field.name}`" for field in fields(kind) if field.name not in (*shared, "reason"))
        by = ", ".join(f"[`{path}`](../{path})" for path in writers.get(kind.__name__, []))
        lines.append(f"| `{name}` | {_cell(meaning_of(kind))} | {own} | {by} |")
    return "\n".join(lines) + "\n"


def meaning_of(kind: type[Event]) -> str:
    """The docstring, or the class's name in words where there is none (a dataclass writes its own otherwise)."""
    told = kind.__doc__ or ""
    if not told or told.startswith(f"{kind.__name__}("):
        spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in kind.__name__).strip()
        return f"{spaced[0].upper()}{spaced[1:]}."
    return " ".join(told.split())


def _writers(names: set[str]) -> dict[str, list[str]]:
    """Class name of an event → modules that make one."""
    found: dict[str, list[str]] = {}
    for room in ("idp", "adapters"):
        for path in sorted((ROOT / room).rglob("*.py")):
            made = {
                node.func.id
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
            }
            for name in sorted(made):
                found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


# --- commands ---------------------------------------------------------------------------------------------------------


def verbs() -> Iterator[tuple[str, click.Command]]:
    """Every command of `gerege` that does something, as it is typed."""
    from idp.cli.__main__ import gerege  # only here: it knows the whole product

    yield from _below("gerege", gerege)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word, below in command.commands.items():
        yield from _below(f"{name} {word}", below)


def commands_md() -> str:
    """Every verb with its arguments and options."""
    shared = {"config", "as_json", "language"}
    lines = [
        WRITTEN,
        "",
        "# Commands",
        "",
        "`bin/gerege` in a checkout. Every verb also takes `--config FILE` (or `GEREGE_CONFIG`), `--json` and "
        "`--language`.",
    ]
    told = set()
    for name, command in verbs():
        for line in (command.epilog or "").splitlines():
            if line and line not in told:
                told.add(line)
                lines += ["", line]
        lines += ["", f"## `{_usage(name, command)}`", "", " ".join((command.help or "").split())]
        options = [p for p in command.params if isinstance(p, click.Option) and p.name not in shared and not p.hidden]
        if options:
            lines += ["", "| option | meaning |", "|---|---|"]
            lines += [f"| `{_spelled(option)}` | {_cell(_option(option))} |" for option in options]
    return "\n".join(lines) + "\n"


def _usage(name: str, command: click.Command) -> str:
    arguments = [argument for argument in command.params if isinstance(argument, click.Argument)]
    written = [_argument(one) for one in arguments]
    return " ".join([name, *written])


def _argument(one: click.Argument) -> str:
    word = (one.metavar or one.name or "").upper() + ("…" if one.nargs == -1 else "")
    return word if one.required else f"[{word}]"


def _spelled(option: click.Option) -> str:
    return ", ".join(option.opts) + (f" / {', '.join(option.secondary_opts)}" if option.secondary_opts else "")


def _option(option: click.Option) -> str:
    marks = ["needed"] if option.required else []
    if isinstance(option.type, click.Choice):
        marks.append(f"one of {', '.join(str(choice) for choice in option.type.choices)}")
    shown: Any = option.default
    if option.show_default and isinstance(shown, str | int | float) and not isinstance(shown, bool):
        marks.append(f"default: {shown}")
    return (option.help or "") + (f" ({'; '.join(marks)})" if marks else "")


# --- shared -----------------------------------------------------------------------------------------------------------


def _sentences(model: type[Table]) -> str:
    told = " ".join((model.__doc__ or "").split())
    return told.partition(" Spec:")[0]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


DOCUMENTS: dict[str, Callable[[], str]] = {
    "config/example.toml": example_toml,
    "docs/settings.md": settings_md,
    "docs/events.md": events_md,
    "docs/specs.md": lambda: specs.page(ROOT, WRITTEN),
    "docs/commands.md": commands_md,
    "docs/openapi.json": openapi.document,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
