"""Who are you, and which department keeps you?

A department is found by what was typed (domain, prefix), else by the application's home, else by what this browser used
last, else it is asked. Nothing here looks a person up: unknown names go on to the same next page.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from idp.flows.context import Idp
from idp.model import Client, Department, Interaction

LONGEST = 256


def clean(typed: str) -> str:
    """Trimmed, full-width forms folded (ｚｈａｎｇ＠ → zhang@)."""
    return unicodedata.normalize("NFKC", typed).strip()


def identify(
    idp: Idp, interaction: Interaction, client: Client, typed: str, remembered: str | None = None
) -> Interaction:
    """Take the identifier. `remembered`: the department that this browser used last."""
    cleaned = clean(typed)
    if not cleaned:
        return replace(interaction, error="empty")
    if len(cleaned) > LONGEST or not cleaned.isprintable():
        return replace(interaction, error="unreadable")
    posts = idp.ports.truth.configuration().signposts
    department = posts.named_by(cleaned) or _home(client, posts.kept) or _of_id(remembered, posts.kept)
    return replace(
        _nobody(interaction),
        identifier=cleaned,
        department_id=department.id if department else (posts.kept[0].id if len(posts.kept) == 1 else None),
        error=None,
    )


def choose(idp: Idp, interaction: Interaction, department_id: str) -> Interaction:
    """Take the department. One that keeps nobody cannot be chosen."""
    if not any(one.id == department_id for one in choosable(idp)):
        return replace(interaction, error="missing")
    return replace(interaction, department_id=department_id, error=None)


def back_to_start(interaction: Interaction) -> Interaction:
    """*Change*: forget who was named; what was proved by them goes too."""
    return replace(_nobody(interaction), identifier=None, department_id=None, session_sid=None)


def at_shared(interaction: Interaction, *, ticked: bool) -> Interaction:
    """What the person said of this computer, which holds for the whole sign-in."""
    stage = {key: value for key, value in interaction.stage.items() if key != "shared"}
    return replace(interaction, stage=stage | ({"shared": "yes"} if ticked else {}))


def another_department(interaction: Interaction) -> Interaction:
    """The name stays, the department is asked again."""
    return replace(_nobody(interaction), department_id=None)


def _nobody(interaction: Interaction) -> Interaction:
    """Whatever one person proved, was vouched for or agreed to is worth nothing to the next, who may be another."""
    return replace(
        interaction,
        subject_id=None,
        proofs=(),
        degraded=False,
        consented=False,
        vouched_code=None,
        vouched_acr=None,
        reference=None,
        stage={key: value for key, value in interaction.stage.items() if key in ("step", "opens", "makes", "shared")},
    )


def choosable(idp: Idp) -> Sequence[Department]:
    """Departments that keep people, in the order of the tree's names."""
    return idp.ports.truth.configuration().signposts.kept


def bare(typed: str) -> str:
    """The name without a department's prefix, as its directory knows it."""
    return typed.rpartition("\\")[2]


def _home(client: Client, departments: Sequence[Department]) -> Department | None:
    """The application's own department, when nobody else's people may use it."""
    return None if client.shared_with else _of_id(client.department_id, departments)


def _of_id(department_id: str | None, departments: Sequence[Department]) -> Department | None:
    return next((one for one in departments if one.id == department_id), None)
