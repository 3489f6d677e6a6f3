"""Settings of the help desk: how people are verified there, and what that is enough for."""

from typing import Literal

from pydantic import Field

from config.table import Table


class DeskCheck(Table):
    """One line of the script by which the help desk makes sure whom it has before it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$", description="Kept in the log.")
    en: str = Field(min_length=1, max_length=200, description="What to do, in English.")
    zh: str = Field(min_length=1, max_length=200, description="The same in Chinese.")
    strength: int = Field(1, ge=1, le=5, description="What it adds.")
    levels: tuple[Literal["country", "province", "city", "county", "bureau"], ...] = Field(
        (), description="Levels of departments where it is used; empty is all."
    )


class Desk(Table):
    """The help desk: the script that verifies a person, and what a temporary access pass is."""

    checks: tuple[DeskCheck, ...] = Field(
        (),
        description="The script, each `[[desk.checks]]` with `id`, `en`, `zh`, `strength` and `levels`; "
        "empty is the one that is shipped.",
    )
    enough: int = Field(3, ge=1, description="Strength of the checks together that one person's help takes.")
    enough_strong: int = Field(
        5, ge=1, description="The same for privileged people and for passes that open phishing-resistant factors."
    )
    privileged_roles: tuple[str, ...] = Field(
        (), description="Roles whose holders take two people, beside administrators and the help desk itself."
    )
    verified_minutes: int = Field(15, ge=1, le=60, description="How long a verification holds.")
    pass_minutes: int = Field(30, ge=5, le=1440, description="How long a temporary access pass is good.")
