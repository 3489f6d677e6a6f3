"""What people are told by mail: that something waits, or what of theirs changed; never in an application's words.

`tell` writes a letter into the transaction of what it tells, so that neither is there without the other; it leaves
afterwards, and a mail that cannot go is no reason to fail. Deliberately not here: how mail travels.
"""

import logging
from typing import Literal

from idp.errors import Invalid
from idp.flows.context import Idp, hash_of
from idp.model import Client, Notice, Subject, Text
from idp.ports import Tx

Kind = Literal[
    "factor-added",
    "factor-removed",
    "factor-disabled",
    "recovery-made",
    "recovery-used",
    "pass-made",
    "password-changed",
    "new-device",
    "device-trusted",
    "sessions-ended",
    "delegation-made",
    "delegation-ended",
    "data-exported",
    "data-corrected",
    "data-erasure",
    "model-recalled",
]
"""Every letter about a change; its words stand under `letter.<kind>` in `translations/reasons.letters.toml`."""
APPROVE = "/me/approve"
_SUBJECT = Text("%(app)s asks for your approval", "%(app)s请求您的批准")
_TEXT = Text(
    """Hello,

%(app)s asks you to approve something. Open %(address)s, sign in as usual, and compare what is shown there with what
you have just done or with what you were told.

If you did not expect it, choose "Do not allow". Nobody from any help desk will ever ask you to allow it.
""",
    """您好：

%(app)s请求您批准一项操作。请打开 %(address)s，照常登录，并将页面所示内容与您刚才的操作或对方告知的内容进行核对。

如果不是您所预期的请求，请选择“不同意”。任何服务台人员都不会要求您点击同意。
""",
)

log = logging.getLogger("gerege.notices")


def tell(idp: Idp, tx: Tx, subject_id: str, kind: Kind, **params: str) -> None:
    """Put one letter on its way, with a link *It wasn't me* of its own."""
    now, token = idp.ports.now(), idp.token()
    sealed = idp.ports.sealer.seal("not-me", token.encode())
    tx.notices.add(Notice(idp.id("notice"), subject_id, kind, now, {**params, "link": sealed}, hash_of(token)))


def somebody_asks(idp: Idp, subject: Subject, client: Client) -> None:
    """An application waits for this person's answer."""
    if subject.mail is None:
        return
    language = subject.language or idp.settings.server.default_language
    facts = {"app": client.name.in_language(language), "address": f"{idp.issuer}{APPROVE}"}
    try:
        idp.ports.mail.send(subject.mail, _SUBJECT.in_language(language) % facts, _TEXT.in_language(language) % facts)
    except Invalid as error:
        log.warning("no mail to %s: %s", subject.id, error.detail)
