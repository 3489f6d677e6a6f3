"""What machines call, as bare WSGI beside the pages: no framework on the way of a token.

These endpoints know no cookies, so that there is nothing to forge across sites; each reads only what it must.
"""

from functools import partial
from typing import TYPE_CHECKING

from idp.flows.context import Idp
from idp.oidc.discovery import WELL_KNOWN_RESOURCE
from idp.web.crests import PREFIX as CRESTS
from idp.web.machine.answers import endpoint
from idp.web.machine.away import at_backchannel, at_device_authorization
from idp.web.machine.credentialed import credentialed
from idp.web.machine.crests import crests
from idp.web.machine.documents import discovery_document, key_set, related_origins, userinfo_document
from idp.web.machine.endpoints import at_introspection, at_revocation, at_revocations, at_token, at_userinfo
from idp.web.machine.interaction_id import named
from idp.web.machine.par import at_par
from idp.web.machine.protected import protected
from idp.web.machine.registration import BELOW, PATH, at_one_registration, at_registration

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def machine(idp: Idp) -> "dict[str, WSGIApplication]":
    """Path → WSGI callable; one that ends in `/` is for what stands right below it.

    Introspection and a registration's own page are for servers, so that no browser page may read them.
    """
    documents = endpoint(discovery_document(idp), ("GET",), cors=True)
    return {
        "/token": credentialed(idp, endpoint(partial(at_token, idp), ("POST",), cors=True)),
        "/par": endpoint(partial(at_par, idp), ("POST",), cors=True),
        "/introspect": endpoint(partial(at_introspection, idp), ("POST",), cors=False),
        "/revoke": endpoint(partial(at_revocation, idp), ("POST",), cors=True),
        "/userinfo": protected(idp, named(endpoint(partial(at_userinfo, idp), ("GET", "POST"), cors=True))),
        WELL_KNOWN_RESOURCE: endpoint(userinfo_document(idp), ("GET",), cors=True),
        "/revocations": endpoint(partial(at_revocations, idp), ("POST",), cors=False),
        "/device_authorization": endpoint(partial(at_device_authorization, idp), ("POST",), cors=True),
        "/bc-authorize": endpoint(partial(at_backchannel, idp), ("POST",), cors=False),
        PATH: endpoint(partial(at_registration, idp), ("POST",), cors=True),
        BELOW: endpoint(partial(at_one_registration, idp), ("GET", "PUT", "DELETE"), cors=False),
        CRESTS: endpoint(crests(idp), ("GET",), cors=False),
        "/jwks": endpoint(key_set(idp), ("GET",), cors=True),
        "/.well-known/webauthn": endpoint(related_origins(idp), ("GET",), cors=False),
        "/.well-known/openid-configuration": documents,
        "/.well-known/oauth-authorization-server": documents,
    }
