"""Which applications know a person by the same name: the sector of a pairwise client. Spec: OIDC Core §8.1.

Deliberately not here: the name itself, which takes a key (`idp.flows.subjects`).
"""

from urllib.parse import urlsplit

from idp.model import Client


def sector_of(client: Client) -> str:
    """The host of the sector's file, or the one host of the redirect addresses; without either, it is alone.

    A registration with several hosts and no file is refused (`idp.oidc.client_metadata`), so that none is chosen here.
    """
    for uri in (client.sector_identifier_uri, *client.redirect_uris):
        if uri is not None and (host := urlsplit(uri).hostname):
            return host
    return client.id
