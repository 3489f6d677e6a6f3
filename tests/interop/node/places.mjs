// For `node --import`: every name of the web is the proxy of the test at loopback. What is said to it stays as it is.

import tls from "node:tls";

const dial = tls.connect;
const port = Number(process.env.EDGE_PORT);
tls.connect = (said, ...more) =>
  dial({ ...said, host: "127.0.0.1", port, servername: said.servername || said.host }, ...more);
