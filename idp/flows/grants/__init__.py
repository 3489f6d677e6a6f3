"""The grant types: one file and one line each. Discovery lists them by itself."""

from idp.flows.grants.authorization_code import AUTHORIZATION_CODE
from idp.flows.grants.client_credentials import CLIENT_CREDENTIALS
from idp.flows.grants.kind import GrantType
from idp.flows.grants.refresh_token import REFRESH_TOKEN

GRANTS: dict[str, GrantType] = {
    "authorization_code": AUTHORIZATION_CODE,
    "refresh_token": REFRESH_TOKEN,
    "client_credentials": CLIENT_CREDENTIALS,
}
