"""What the identity provider took away lately: asked every few seconds with our own registration."""

from gerege_verify import RevocationFeed

from .settings import Settings


def feed(settings: Settings) -> RevocationFeed:
    """One for each process."""
    return RevocationFeed(settings.issuer, client_id=settings.client_id, client_secret=settings.client_secret)
