"""Which directories administrators may name in the console. Spec: OWASP SSRF Prevention (allow-list)."""

from pydantic import Field

from config.table import Table


class AllowedDirectory(Table):
    """A directory that administrators may name in the console."""

    host: str = Field(description="Its name as it stands in the address; for addresses in digits a network is enough.")
    port: int | None = Field(None, ge=1, le=65535, description="Unset is 389 and 636, no other.")
    department: str | None = Field(None, description="Only for this department and those beneath it.")


class Directories(Table):
    """Directories that may be named in the console; what a department's file names needs no leave."""

    allowed: tuple[AllowedDirectory, ...] = Field(
        (),
        description="Each `[[directories.allowed]]` with `host`, `port`, `department`. Empty: none, so that nobody "
        "makes this server knock at doors inside; an operator then connects directories by `gerege dept add FILE`.",
    )
