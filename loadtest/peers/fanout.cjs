// Sends alerts with Google's own SDK for Node, as the bench orders: one JSON line an order, one JSON
// line an answer.
//
// Nothing of the SDK is changed. Two things of the platform under it are, in `http2.connect`: it leads
// to the stand-in, and a request's `:scheme` loses the colon that this SDK puts into it
// ("https:"), which an HTTP/2 server must refuse.
//
// Wants NODE_PATH (where firebase-admin is) and NODE_EXTRA_CA_CERTS (whom to trust).
'use strict';

const http2 = require('node:http2');
const tls = require('node:tls');
const readline = require('node:readline');

const GOOGLE = 'fcm.googleapis.com';

function leadTo(base) {
  const { hostname, port } = new URL(base);
  const connect = http2.connect;
  http2.connect = (authority, options, ...rest) => {
    const createConnection = () =>
      tls.connect({ host: hostname, port, servername: GOOGLE, ALPNProtocols: ['h2'] });
    const session = connect(authority, { ...options, createConnection }, ...rest);
    const request = session.request;
    session.request = (headers, ...more) =>
      request.call(session, { ...headers, ':scheme': 'https' }, ...more);
    return session;
  };
}

/** The message that muster sends, in this SDK's words, to the phone of that number. */
function message(like, number) {
  return {
    token: like.token.replace('-0-', `-${number}-`),
    data: like.data,
    android: { priority: 'high', ttl: parseInt(like.android.ttl, 10) * 1000, directBootOk: true },
  };
}

/** One call: the bench asks for no more than the SDK takes in one. */
async function round(messaging, like, count) {
  const messages = Array.from({ length: count }, (_, number) => message(like, number));
  const used = process.cpuUsage();
  const start = process.hrtime.bigint();
  const sent = await messaging
    .sendEach(messages)
    .catch((error) => ({ successCount: 0, responses: [{ error }] }));
  const cpu = process.cpuUsage(used);
  const first = sent.responses.find((response) => response.error);
  return {
    start_ns: Number(start),
    cpu_ns: (cpu.user + cpu.system) * 1000,
    errors: count - sent.successCount,
    words: first ? String(first.error) : '',
  };
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const setup = JSON.parse((await lines.next()).value);
  leadTo(setup.base_url);
  // after the detour is laid, so that the SDK cannot have kept the original
  const { initializeApp } = require('firebase-admin/app');
  const { getMessaging } = require('firebase-admin/messaging');
  const { SDK_VERSION } = require('firebase-admin');
  const getAccessToken = async () => ({ access_token: setup.token, expires_in: 3600 });
  const app = initializeApp({ credential: { getAccessToken }, projectId: setup.project });
  const messaging = getMessaging(app);
  console.log(JSON.stringify({ ready: true, version: SDK_VERSION }));
  for await (const line of lines) {
    const { count } = JSON.parse(line);
    console.log(JSON.stringify(await round(messaging, setup.like, count)));
  }
}

main();
