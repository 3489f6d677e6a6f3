// What the Basic and Form Post plans look at, by `openid-client`. The suite sends neither PKCE nor nonce.
// Spec: OpenID Connect Core 1.0 §3.1.2, §3.1.3, §5.3, §5.4, §5.5, §12; OAuth 2.0 Form Post Response Mode; RFC 9207.

import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import { hear, refusal, tell, open } from "./talk.mjs";

const { issuer, callback, told } = await hear();
const all = "address phone email profile openid";
const known = (id, proof) => oidc.discovery(new URL(issuer), id, undefined, proof(told[id].client_secret));
const basic = await known("basic-1", oidc.ClientSecretBasic);
const second = await known("basic-2", oidc.ClientSecretBasic);
const posting = await known("basic-post", oidc.ClientSecretPost);

/** One authorization request and, when a code comes, its tokens. */
async function signIn(config, more = {}, { answer, ...checks } = {}) {
  const asked = { redirect_uri: callback, scope: all, ...more };
  const went = await open(oidc.buildAuthorizationUrl(config, asked), answer);
  const came = went.method === "POST" ? posted(went) : new URL(went.url);
  const known = { expectedState: asked.state, expectedNonce: asked.nonce, maxAge: Number(more.max_age) || undefined };
  const error = await refusal(async () => {
    went.tokens = await oidc.authorizationCodeGrant(config, came, { ...known, ...checks });
    went.claims = went.tokens.claims();
  });
  return { ...went, came, error };
}

const posted = ({ url, body }) =>
  new Request(url, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const state = "s".repeat(128);
const ignored = { extra: "x", display: "popup", ui_locales: "se", claims_locales: "se", acr_values: "1 2", login_hint: "b@x" };
const first = await signIn(basic, { state, ...ignored });
const userinfo = await oidc.fetchUserInfo(basic, first.tokens.access_token, first.claims.sub);
const twice = await refusal(() => oidc.authorizationCodeGrant(basic, first.came, { expectedState: state }));

const quiet = await signIn(basic, { prompt: "none", nonce: "n".repeat(64) });
const hinted = await signIn(basic, { prompt: "none", id_token_hint: first.tokens.id_token });
const young = await signIn(basic, { max_age: "10000" });
await pause(1100); // times in tokens are whole seconds
const anew = await signIn(basic, { prompt: "login" });
await pause(2100);
const old = await signIn(basic, { max_age: "1" });
const essential = JSON.stringify({ userinfo: { name: { essential: true } }, id_token: { auth_time: { essential: true } } });
const named = await signIn(basic, { scope: "openid", claims: essential });
const namedUserinfo = await oidc.fetchUserInfo(basic, named.tokens.access_token, named.claims.sub);

const denied = await signIn(basic, { state }, { answer: "deny" });
const formed = await signIn(second, { response_mode: "form_post", state });
const secretPosted = await signIn(posting);
const renewable = await signIn(basic, { scope: "openid offline_access", prompt: "consent" });
const renewed = await oidc.refreshTokenGrant(basic, renewable.tokens.refresh_token);
const narrowed = await oidc.refreshTokenGrant(basic, renewable.tokens.refresh_token, { scope: "openid" });
const notIts = await refusal(() => oidc.refreshTokenGrant(second, renewable.tokens.refresh_token));

const typeless = oidc.buildAuthorizationUrl(basic, { redirect_uri: callback, scope: "openid", state: "typeless" });
typeless.searchParams.delete("response_type");
const asked = (redirect_uri) => oidc.buildAuthorizationUrl(basic, { redirect_uri, scope: "openid" });
const elsewhere = [`${callback}?x=1`, `${callback}/more`, callback.replace("callback", "other")];

const brief = ({ url, shown, method, claims, error }) => ({ url, shown, method, claims, error });
tell({
  metadata: basic.serverMetadata(),
  first: { ...brief(first), seconds: decodeJwt(first.tokens.id_token).iat - Date.now() / 1000 },
  userinfo,
  twice,
  quiet: brief(quiet),
  hinted: brief(hinted),
  young: brief(young),
  anew: brief(anew),
  old: brief(old),
  named: { claims: named.claims, userinfo: namedUserinfo },
  denied: brief(denied),
  formed: brief(formed),
  secretPosted: brief(secretPosted),
  renewed: [renewable.claims, renewed.claims(), narrowed.claims()],
  notIts,
  typeless: (await open(typeless)).url,
  elsewhere: await elsewhere.reduce(async (sofar, uri) => [...(await sofar), (await open(asked(uri))).url], []),
});
