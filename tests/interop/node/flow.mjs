// One whole conversation of `openid-client` with an identity provider. Spec: OpenID Connect Core 1.0, RFC 7636, RFC 9207,
// RFC 7662, RFC 7009, RP-Initiated Logout 1.0.
// Lines of JSON: first the settings come in; addresses for the browser go out, the address where it ended comes back in;
// the last line out is what was found. The client library checks signatures, nonce, state, iss and at_hash by itself.

import { createInterface } from "node:readline";
import * as oidc from "openid-client";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const hear = async () => JSON.parse((await lines.next()).value);
const tell = (value) => console.log(JSON.stringify(value));

const { issuer, client, secret, redirect, goodbye, scope } = await hear();
const insecure = { execute: [oidc.allowInsecureRequests] }; // http on loopback, for the demonstration alone
const config = await oidc.discovery(new URL(issuer), client, undefined, oidc.ClientSecretBasic(secret), insecure);

const verifier = oidc.randomPKCECodeVerifier();
const state = oidc.randomState();
const nonce = oidc.randomNonce();
const challenge = await oidc.calculatePKCECodeChallenge(verifier);
const asked = { redirect_uri: redirect, scope, state, nonce, code_challenge: challenge, code_challenge_method: "S256" };
tell({ open: oidc.buildAuthorizationUrl(config, asked).href });
const callback = new URL((await hear()).at);

const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
const tokens = await oidc.authorizationCodeGrant(config, callback, checks);
const claims = tokens.claims();
const introspected = await oidc.tokenIntrospection(config, tokens.access_token);

const refusal = async (attempt) => {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error.error ?? error.code ?? String(error);
  }
};

// The first token is the API's (RFC 9068 §3: its scopes name it); userinfo has one of its own, by `resource` (RFC 8707).
const wrongDoor = await refusal(() => oidc.fetchUserInfo(config, tokens.access_token, claims.sub));
const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token, { resource: issuer });
const userinfo = await oidc.fetchUserInfo(config, refreshed.access_token, claims.sub);
await oidc.tokenRevocation(config, refreshed.access_token, { token_type_hint: "access_token" });
const revoked = await oidc.tokenIntrospection(config, refreshed.access_token);
const held = refreshed.refresh_token ?? tokens.refresh_token;
await oidc.tokenRevocation(config, held, { token_type_hint: "refresh_token" });
const ended = await refusal(() => oidc.refreshTokenGrant(config, held));
const twice = await refusal(() => oidc.authorizationCodeGrant(config, callback, checks));

const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: goodbye, state: "bye" };
tell({ open: oidc.buildEndSessionUrl(config, parameters).href });
const last = (await hear()).at;
tell({
  metadata: config.serverMetadata(),
  claims,
  userinfo,
  introspected,
  wrongDoor,
  revoked,
  ended,
  twice,
  last,
});
process.exit(0);
