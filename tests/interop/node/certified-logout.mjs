// What the three plans of sign-out look at, by `openid-client`.
// Spec: RP-Initiated Logout 1.0 §2, §3; Back-Channel Logout 1.0 §2.4; Front-Channel Logout 1.0 §3.

import * as oidc from "openid-client";
import { decodeJwt, SignJWT, UnsecuredJWT } from "jose";
import { hear, refusal, tell, open } from "./talk.mjs";

const { issuer, callback, told, id } = await hear();
const config = await oidc.discovery(new URL(issuer), id, undefined, oidc.ClientSecretBasic(told[id].client_secret));
const after = callback.replace("callback", "post_logout_redirect");

async function signIn(more) {
  const { url } = await open(oidc.buildAuthorizationUrl(config, { redirect_uri: callback, scope: "openid", ...more }));
  return oidc.authorizationCodeGrant(config, new URL(url));
}
const out = (asked) => open(oidc.buildEndSessionUrl(config, asked));
const quietly = () => refusal(() => signIn({ prompt: "none" }));

const tokens = await signIn();
const hint = tokens.id_token;
const { privateKey } = await crypto.subtle.generateKey({ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["sign"]);
const wrongKey = await new SignJWT(decodeJwt(hint)).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
const unsigned = new UnsecuredJWT(decodeJwt(hint)).encode();
const wrong = [
  { id_token_hint: hint, post_logout_redirect_uri: `${after}?foo=bar` },
  { id_token_hint: hint, post_logout_redirect_uri: callback },
  { id_token_hint: wrongKey, post_logout_redirect_uri: after },
  { id_token_hint: unsigned, post_logout_redirect_uri: after },
];
const refused = [];
// A hint that is good shows who asks, so that the sign-out is done all the same; one that is not asks the person.
for (const asked of wrong) {
  await signIn();
  refused.push((await out(asked)).url);
}
await signIn();
const bare = new URL(config.serverMetadata().end_session_endpoint);
const plain = await open(bare);
const plainly = await quietly();

const again = await signIn();
const last = await out({ id_token_hint: again.id_token, post_logout_redirect_uri: after, state: "bye" });
const once = await signIn();
const stateless = await out({ id_token_hint: once.id_token, post_logout_redirect_uri: after });
tell({ claims: once.claims(), refused, plain, plainly, last: last.url, stateless: stateless.url, quietly: await quietly() });
