"""Mail that is kept instead of sent: the reference for what the port means, and what fast tests look into."""

from dataclasses import dataclass

from idp.errors import IdpError


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str
    html: str | None = None


class MemoryMail:
    """`idp.ports.Mail`. `answers`: what the next letters meet instead of being sent; None is sent."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.answers: list[IdpError | None] = []

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        if self.answers and (trouble := self.answers.pop(0)) is not None:
            raise trouble
        self.sent.append(Letter(to, subject, text, html))
