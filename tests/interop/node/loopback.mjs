// The library refuses plain http, as it should; the demonstration is at loopback, where there is nothing to listen in on.

import * as oauth from "oauth4webapi";

export const loopback = { [oauth.allowInsecureRequests]: true };
