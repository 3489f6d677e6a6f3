// What the FAPI 2.0 plans look at, by `oauth4webapi`: PAR, PKCE, private_key_jwt or a certificate, DPoP or a certificate,
// and for Message Signing a signed request and a signed answer; then the API.
// Spec: FAPI 2.0 Security Profile §5.3.2, §5.3.3; Message Signing §5.3, §5.4; RFC 9126, RFC 9449, RFC 8705 §2.1, §3, §5.

import * as oauth from "oauth4webapi";
import { Agent, fetch as send } from "undici";
import { hear, refusal, tell, open } from "./talk.mjs";

const { issuer, callback, told, id, signed, bank, scope } = await hear();
const { jwks, mtls } = told[id];
const dispatcher = new Agent(mtls ? { connect: { cert: mtls.cert, key: mtls.key } } : {});
const wire = { [oauth.customFetch]: (url, said) => send(url, { ...said, dispatcher }) };
const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer)));
const client = { client_id: id, use_mtls_endpoint_aliases: Boolean(mtls) };

async function signer(jwk) {
  return { key: await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]), kid: jwk.kid };
}
const key = jwks && (await signer(jwks.keys[0]));
const proof = key ? oauth.PrivateKeyJwt(key) : oauth.TlsClientAuth();
const DPoP = mtls ? undefined : oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
const more = { DPoP, ...wire };

/** The server may ask for a nonce in the proof; the second try carries it. */
async function talk(call, read) {
  try {
    return await read(await call());
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return read(await call());
  }
}

async function push(changes = {}) {
  const kept = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: "n".repeat(64) };
  const asked = new URLSearchParams({
    response_type: "code",
    redirect_uri: callback,
    scope,
    state: kept.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
    code_challenge_method: "S256",
    ...(signed && { response_mode: "jwt" }),
    ...(scope.includes("openid") && { nonce: kept.nonce }),
  });
  for (const [name, value] of Object.entries(changes)) value === null ? asked.delete(name) : asked.set(name, value);
  const sent = signed ? { request: await oauth.issueRequestObject(server, client, asked, key) } : asked;
  const answer = await talk(
    () => oauth.pushedAuthorizationRequest(server, client, proof, sent, more),
    (came) => oauth.processPushedAuthorizationResponse(server, client, came),
  );
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: id, request_uri: answer.request_uri }).toString();
  return { url, kept };
}

const validate = (url, state) => (signed ? oauth.validateJwtAuthResponse : oauth.validateAuthResponse)(server, client, new URL(url), state);

async function take(url, kept, changes = {}) {
  const came = await validate(url, kept.state);
  const checks = scope.includes("openid") ? { expectedNonce: kept.nonce, requireIdToken: true } : {};
  return talk(
    () => oauth.authorizationCodeGrantRequest(server, client, proof, came, callback, changes.verifier ?? kept.verifier, more),
    (answer) => oauth.processAuthorizationCodeResponse(server, client, answer, checks),
  );
}

const url = (path) => new URL(mtls ? bank.replace(issuer, server.mtls_endpoint_aliases.token_endpoint.replace("/token", "")) + path : bank + path);
const call = (token, method, path, options = more) =>
  oauth.protectedResourceRequest(token, method, url(path), new Headers({ "x-fapi-interaction-id": "c770aef3-6784-41f7-8e0e-ff5f97bddb3a" }), null, options);
const ask = async (token, method, path) => {
  const answer = await talk(() => call(token, method, path), (came) => came);
  return { status: answer.status, named: answer.headers.get("x-fapi-interaction-id"), said: await answer.json() };
};

const { url: begin, kept } = await push();
await refusal(() => fetch(begin, { redirect: "manual" })); // opened twice before sign-in: one use counts when it completes
const went = await open(begin);
const tokens = await take(went.url, kept);
const accounts = await ask(tokens.access_token, "GET", "/accounts");
const payments = await ask(tokens.access_token, "POST", "/payments");

// As often as it likes with the same one: FAPI 2.0 does not rotate.
const renew = () => talk(
  () => oauth.refreshTokenGrantRequest(server, client, proof, tokens.refresh_token, more),
  (answer) => oauth.processRefreshTokenResponse(server, client, answer),
);
const renewed = tokens.refresh_token && [(await renew()).token_type, (await renew()).token_type];

// Without what the token is bound to: another key, or no certificate.
const thief = mtls ? {} : { DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) };
const stolen = await refusal(() => talk(() => call(tokens.access_token, "GET", "/accounts", thief), (came) => came));
const asBearer = (await send(url("/accounts"), { headers: { authorization: `Bearer ${tokens.access_token}` } })).status;
const twice = await refusal(() => take(went.url, kept));

const unchallenged = await refusal(() => push({ code_challenge: null, code_challenge_method: null }));
const plain = await refusal(() => push({ code_challenge_method: "plain" }));
const unregistered = await refusal(() => push({ redirect_uri: `${callback}?x=1` }));
const other = await push();
const unverified = await (async () => {
  const back = await open(other.url);
  return refusal(() => take(back.url, other.kept, { verifier: oauth.generateRandomCodeVerifier() }));
})();
const no = await push();
const back = await open(no.url, "deny");
const denied = await refusal(() => validate(back.url, no.kept.state));
tell({
  answered: [...new URL(went.url).searchParams.keys()].sort(),
  shown: went.shown,
  type: tokens.token_type,
  claims: oauth.getValidatedIdTokenClaims(tokens),
  access: JSON.parse(atob(tokens.access_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))),
  accounts, payments, stolen, asBearer, twice, unchallenged, plain, unregistered, unverified, denied,
  renewed,
  unpushed: (await open(`${server.authorization_endpoint}?${new URLSearchParams({ client_id: id, response_type: "code", redirect_uri: callback, scope })}`)).url,
  used: (await open(begin)).url,
});
