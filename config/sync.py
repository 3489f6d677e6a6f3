"""Settings of reading whole directories: how often, and how many may leave one unasked."""

from pydantic import Field

from config.table import Table


class Sync(Table):
    """Reading whole directories. A department's file may say otherwise for itself (`[sync]`), but for the last two."""

    full_hours: int = Field(24, ge=1, description="Everybody of a directory is read again after so many hours.")
    delta_minutes: int = Field(5, ge=1, description="What changed in it is asked for after so many minutes.")
    few: int = Field(5, ge=0, description="So many people may leave, or lose a role, in one round without a question.")
    most: int = Field(100, ge=0, description="More than so many never do: a person is asked, with the list.")
    percent: int = Field(10, ge=0, le=100, description="The same for the share of those who are there, or hold it.")
    people_per_second: int = Field(5000, ge=1, description="No directory is read faster than this.")
    automatic: bool = Field(True, description="Rounds begin by themselves; else only by `gerege sync`.")
