"""The grant types: one file and one line each. Discovery lists them by itself."""

from idp.flows.grants.authorization_code import AUTHORIZATION_CODE
from idp.flows.grants.ciba import CIBA
from idp.flows.grants.client_credentials import CLIENT_CREDENTIALS
from idp.flows.grants.device_code import DEVICE_CODE
from idp.flows.grants.jwt_bearer import JWT_BEARER
from idp.flows.grants.kind import GrantType
from idp.flows.grants.refresh_token import REFRESH_TOKEN
from idp.flows.grants.token_exchange import TOKEN_EXCHANGE

GRANTS: dict[str, GrantType] = {
    "authorization_code": AUTHORIZATION_CODE,
    "refresh_token": REFRESH_TOKEN,
    "client_credentials": CLIENT_CREDENTIALS,
    "urn:ietf:params:oauth:grant-type:token-exchange": TOKEN_EXCHANGE,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": JWT_BEARER,
    "urn:ietf:params:oauth:grant-type:device_code": DEVICE_CODE,
    "urn:openid:params:grant-type:ciba": CIBA,
}
