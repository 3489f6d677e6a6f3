"""Mail that is kept instead of sent: the reference for what the port means, and what fast tests look into."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str
    html: str | None = None


class MemoryMail:
    """`idp.ports.Mail`."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        self.sent.append(Letter(to, subject, text, html))
