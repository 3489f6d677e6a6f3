"""What people are told by mail: that something waits, never what. No words of an application's stand in a mail of ours.

Sent behind the answer; a mail that cannot go is no reason to fail. Deliberately not here: how mail travels.
"""

import logging

from idp.errors import Invalid
from idp.flows.context import Idp
from idp.model import Client, Subject, Text

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
