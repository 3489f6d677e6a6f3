// `oauth4webapi` as it is, but for one thing: it refuses plain http, as it should, and the demonstration is at loopback,
// where there is nothing to listen in on. Each call that goes over the wire is told so, in its last argument.

import * as oauth from "oauth4webapi";

export * from "oauth4webapi";

const plainly =
  (call, place) =>
  (...said) => {
    said[place] = { ...said[place], [oauth.allowInsecureRequests]: true };
    return call(...said);
  };

export const discoveryRequest = plainly(oauth.discoveryRequest, 1);
export const pushedAuthorizationRequest = plainly(oauth.pushedAuthorizationRequest, 4);
export const deviceAuthorizationRequest = plainly(oauth.deviceAuthorizationRequest, 4);
export const backchannelAuthenticationRequest = plainly(oauth.backchannelAuthenticationRequest, 4);
export const authorizationCodeGrantRequest = plainly(oauth.authorizationCodeGrantRequest, 6);
export const clientCredentialsGrantRequest = plainly(oauth.clientCredentialsGrantRequest, 4);
export const refreshTokenGrantRequest = plainly(oauth.refreshTokenGrantRequest, 4);
export const deviceCodeGrantRequest = plainly(oauth.deviceCodeGrantRequest, 4);
export const backchannelAuthenticationGrantRequest = plainly(oauth.backchannelAuthenticationGrantRequest, 4);
export const userInfoRequest = plainly(oauth.userInfoRequest, 3);
export const validateApplicationLevelSignature = plainly(oauth.validateApplicationLevelSignature, 2);
export const validateJwtAccessToken = plainly(oauth.validateJwtAccessToken, 3);
export const validateJwtAuthResponse = plainly(oauth.validateJwtAuthResponse, 4);
