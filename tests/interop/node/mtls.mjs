// A certificate as proof and as what tokens are bound to, by the module that docs/howto/fapi.md writes in its second half
// (howto.mjs). Spec: RFC 8705 §2.1, §3, §5.

import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { begin, client, finish, person, server } from "./howto.mjs";
import { hear, refusal, tell, open } from "./talk.mjs";

await hear();
const { url, kept } = await begin();
const { url: callback } = await open(url);
const tokens = await finish(callback, kept);
const claims = oauth.getValidatedIdTokenClaims(tokens);
const aside = { ...client, use_mtls_endpoint_aliases: false }; // the name where nobody asks for a certificate
tell({
  claims,
  access: decodeJwt(tokens.access_token),
  userinfo: await person(tokens.access_token, claims.sub),
  without: await refusal(() => person(tokens.access_token, claims.sub, {})),
  elsewhere: await refusal(async () => {
    const answer = await oauth.userInfoRequest(server, aside, tokens.access_token);
    return oauth.processUserInfoResponse(server, aside, claims.sub, answer);
  }),
  twice: await refusal(() => finish(callback, kept)),
  nobody: await refusal(async () => {
    const answer = await oauth.pushedAuthorizationRequest(server, client, oauth.TlsClientAuth(), {});
    return oauth.processPushedAuthorizationResponse(server, client, answer);
  }),
});
