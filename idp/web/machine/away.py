"""Where devices and back channels ask for people who are elsewhere: parse, call one flow, answer.

Spec: RFC 8628 §3.1, §3.2; CIBA Core §7.1, §7.3. Deliberately not here: rules of any kind.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from config.load import proxy_networks
from idp.flows import backchannel, device
from idp.flows.context import Idp
from idp.web.arrival import Trust, address_of
from idp.web.machine.answers import Answer, as_json
from idp.web.machine.presented import presented
from risk.zones import network_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def at_device_authorization(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 8628 §3.2. Where the device is comes from the address that a trusted proxy says."""
    socket, networks = proxy_networks(idp.settings)
    trust = Trust(socket and idp.settings.server.listen.startswith("unix:"), networks)
    address = address_of(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""), trust)
    digest = idp.ports.sealer.digest("network", _network(address))
    begun = device.begin(idp, replace(presented(idp, environ), network=digest), idp.ports.places.place(address))
    return as_json(
        {
            "device_code": begun.device_code,
            "user_code": begun.user_code,
            "verification_uri": begun.verification_uri,
            "verification_uri_complete": begun.verification_uri_complete,
            "expires_in": begun.expires_in,
            "interval": begun.interval,
        }
    )


def at_backchannel(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: CIBA Core §7.3."""
    begun = backchannel.begin(idp, presented(idp, environ))
    return as_json({"auth_req_id": begun.auth_req_id, "expires_in": begun.expires_in, "interval": begun.interval})


def _network(address: str) -> str:
    try:
        return str(network_of(address))
    except ValueError:
        return "unknown"
