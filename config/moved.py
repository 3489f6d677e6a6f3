"""Settings for what came from another system and still knows its addresses."""

from pydantic import Field

from config.table import Table


class Moved(Table):
    """Applications that came from elsewhere and still call the addresses that they know."""

    keycloak_realm: str = Field(
        "",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$|^$",
        description="Realm whose Keycloak addresses (`/realms/<realm>/protocol/openid-connect/…`) lead to ours; "
        "empty: none do. The issuer stays ours.",
    )
