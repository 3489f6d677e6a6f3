// FAPI 2.0 by `oauth4webapi`, with the module that docs/howto/fapi.md writes (howto.mjs): pushed, signed, bound.
// Spec: FAPI 2.0 Security Profile and Message Signing; RFC 7523, 9101, 9126, 9207, 9449; JARM.

import { begin, client, finish, person, renew, server } from "./howto.mjs";
import * as oauth from "./loopback.mjs";
import { look, refusal, tell, visit } from "./talk.mjs";

const { url, kept } = await begin();
const callback = await visit(url);
const tokens = await finish(callback, kept);
const claims = oauth.getValidatedIdTokenClaims(tokens);
const userinfo = await person(tokens.access_token, claims.sub);
const renewed = await renew(tokens);
const again = await person(renewed.access_token, claims.sub);

const status = async (headers) => (await fetch(server.userinfo_endpoint, { headers })).status;
const asBearer = await status({ authorization: `Bearer ${tokens.access_token}` });
const withoutProof = await status({ authorization: `DPoP ${tokens.access_token}` });
const thief = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) };
const stolen = await refusal(async () => {
  const call = () => oauth.userInfoRequest(server, client, tokens.access_token, thief);
  return oauth.processUserInfoResponse(server, client, userinfo.sub, await call().catch(call)); // a nonce at the 2nd try
});
const twice = await refusal(() => finish(callback, kept));
const usedRequest = await look(url);
const unpushed = new URL(server.authorization_endpoint);
unpushed.search = new URLSearchParams({
  client_id: client.client_id,
  response_type: "code",
  redirect_uri: callback.split("?")[0],
  scope: "openid",
  code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
  code_challenge_method: "S256",
}).toString();

tell({
  answered: [...new URL(callback).searchParams.keys()],
  claims,
  type: tokens.token_type,
  userinfo,
  again,
  asBearer,
  withoutProof,
  stolen,
  twice,
  usedRequest,
  unpushed: await look(unpushed),
});
