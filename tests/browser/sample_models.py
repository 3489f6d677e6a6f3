"""Samples of what passkeys of a stricter kind and recalled models look like."""

from collections.abc import Mapping

from idp.web import pages as p
from idp.web.pages import Page, Reason
from idp.web.pages.signals import Signals
from tests.browser.sample_facts import ACTION, DAY, LINA, NOW, OPTIONS, PAYROLL, WANG

UNKNOWN = Signals("unknown", "id.example", ("c3RyYW5nZXI",))
STRICT = Reason("authenticator.needs.attested", {"application": PAYROLL})

PASSKEYS: Mapping[str, Page] = {
    "sign-in-unknown-passkey": p.SignIn(ACTION, OPTIONS, error="passkey", signals=UNKNOWN),
    "sign-in-recalled": p.SignIn(ACTION, OPTIONS, error="recalled"),
    "passkey-recalled": p.Passkey(ACTION, OPTIONS, failed=True, recalled=True, others=True),
    "enrol-choose-strict": p.EnrolChoose(ACTION, ("passkey",), (STRICT,), 1),
    "enrol-passkey-strict": p.EnrolPasskey(ACTION, OPTIONS, "Edge on Windows", needs=STRICT),
    "enrol-passkey-synced": p.EnrolPasskey(
        ACTION,
        OPTIONS,
        "Edge on Windows",
        needs=Reason("authenticator.needs.device-bound", {"application": PAYROLL}),
        lack=Reason("authenticator.lack.synced"),
        keepable=True,
    ),
    "enrol-passkey-recalled": p.EnrolPasskey(ACTION, OPTIONS, lack=Reason("authenticator.lack.recalled"), others=True),
}
MODELS: Mapping[str, Page] = {
    "admin-models": p.AdminModels(
        "/admin/models",
        (
            p.ModelLine(
                "2fc0579f-8113-47ea-b116-bb5a8db9202a",
                "Blue Key 5",
                ("FIDO_CERTIFIED_L1", "USER_KEY_REMOTE_COMPROMISE"),
                3,
                NOW - DAY,
                1,
                (p.ModelHolder(WANG, False, "/admin/people/1"), p.ModelHolder(LINA, True)),
            ),
            p.ModelLine("c1f9a0bc-1dd2-404a-b27f-8e29047a43fd", "Red Key NFC", ("FIDO_CERTIFIED_L2",), 128),
        ),
        serial=241,
    ),
    "admin-models-none": p.AdminModels(None, (), "nothing"),
}
