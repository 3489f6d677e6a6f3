// What the FAPI-CIBA plan looks at, by `oauth4webapi`: signed requests, the approval hook, polling, a certificate.
// Spec: CIBA Core 1.0 §7.1, §10.1, §11, §13; FAPI-CIBA §5.2.2; RFC 8705 §3.

import * as oauth from "oauth4webapi";
import { Agent, fetch as send } from "undici";
import { hear, refusal, tell } from "./talk.mjs";

const { issuer, told, bank } = await hear();
const { jwks, mtls } = told["ciba-1"];
const dispatcher = new Agent({ connect: { cert: mtls.cert, key: mtls.key } });
const wire = { [oauth.customFetch]: (url, said) => send(url, { ...said, dispatcher }) };
const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer)));
const client = { client_id: "ciba-1", use_mtls_endpoint_aliases: true };
const jwk = jwks.keys[0];
const key = { key: await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]), kid: jwk.kid };
const proof = oauth.PrivateKeyJwt(key);
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function begin(more = {}) {
  const asked = new URLSearchParams({ scope: "openid accounts", login_hint: "anna@certification.example", binding_message: "1234", ...more });
  const request = await oauth.issueRequestObject(server, client, asked, key);
  const answer = await oauth.backchannelAuthenticationRequest(server, client, proof, { request }, wire);
  return oauth.processBackchannelAuthenticationResponse(server, client, answer);
}
const poll = async ({ auth_req_id }) => {
  const answer = await oauth.backchannelAuthenticationGrantRequest(server, client, proof, auth_req_id, wire);
  return oauth.processBackchannelAuthenticationGrantResponse(server, client, answer);
};
const hook = (action, { auth_req_id }) => fetch(`${issuer}/certification/approve?auth_req_id=${auth_req_id}&action=${action}`, { method: "POST" });

const asked = await begin({ requested_expiry: "60" });
const denied = await begin();
const pending = await refusal(() => poll(asked));
const approved = (await hook("allow", asked)).status;
await hook("deny", denied);
await pause(asked.interval ?? 5);
const tokens = await poll(asked);
const url = new URL(bank.replace(issuer, server.mtls_endpoint_aliases.token_endpoint.replace("/token", "")) + "/accounts");
const accounts = await oauth.protectedResourceRequest(tokens.access_token, "GET", url, undefined, null, wire);
const stolen = await refusal(() => oauth.protectedResourceRequest(tokens.access_token, "GET", url));
tell({
  asked, pending, approved,
  claims: oauth.getValidatedIdTokenClaims(tokens),
  type: tokens.token_type,
  accounts: accounts.status,
  stolen,
  twice: await refusal(() => poll(asked)),
  denied: await refusal(() => poll(denied)),
  noHint: await refusal(() => begin({ login_hint: "" })),
  twoHints: await refusal(() => begin({ id_token_hint: tokens.id_token })),
  unknown: await refusal(() => begin({ login_hint: "nobody@certification.example" })),
});
