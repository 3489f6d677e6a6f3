"""The applications that live in this house: the pages about oneself, which need a session and no code."""

from idp.model import Client, Text

ACCOUNT = Client(
    id="gerege-account",
    name=Text("Your account", "我的账户"),
    department_id="",
    redirect_uris=("/",),
    auth_method="none",
    grant_types=(),
    scopes=(),
    home_url="/me",
    first_party=True,
    labels=frozenset({"all-employees", "degraded-ok"}),
)
"""The launchpad and `/me`. Never registered: no code is ever issued for it."""

CONSOLE_ID = "gerege-console"
CONSOLE_AUDIENCE = "urn:gerege:console"
