// The server of this folder against npm's `ws`: node ws_client.mjs FOLDER_WITH_NODE_MODULES PORT
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, port] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), 'here.js'));
const WebSocket = require('ws');
const BASE = `ws://127.0.0.1:${port}`;

let passed = 0, failed = 0;
const check = (what, good, detail = '') => {
  if (good) passed++;
  else console.log(`FAILED: ws: ${what}${detail === '' ? '' : ': ' + JSON.stringify(detail).slice(0, 300)}`), failed++;
};
const sleep = ms => new Promise(done => setTimeout(done, ms));
const within = (promise, what, ms = 8000) => {
  let timer;
  return Promise.race([promise, new Promise((_, bad) => { timer = setTimeout(() => bad(Error(`${what}: nothing within ${ms} ms`)), ms); })])
    .finally(() => clearTimeout(timer));
};
const digest = data => createHash('sha1').update(data).digest('hex');

// A connection whose messages, pings and end wait to be asked for.
class Client {
  constructor(target, protocols = [], options = {}) {
    this.messages = [];
    this.pings = 0;
    this.ws = new WebSocket(BASE + target, protocols, options);
    this.ws.on('message', (data, binary) => { this.messages.push([data, binary]); this.came?.(); });
    this.ws.on('ping', () => { this.pings++; });
    this.ws.on('error', error => { this.error = error; });
    this.closed = new Promise(done => this.ws.on('close', (code, reason) => done([code, reason.toString()])));
  }
  async open() {
    await within(once(this.ws, 'open'), 'open');
    return this;
  }
  async receive() {
    while (!this.messages.length) await within(new Promise(done => { this.came = done; }), 'a message');
    return this.messages.shift();
  }
  send(data, options = {}) { return new Promise((good, bad) => this.ws.send(data, options, error => error ? bad(error) : good())); }
  end() { return within(this.closed, 'the end'); }
}
const connect = (...all) => new Client(...all).open();
const refusal = async (target, options) => {
  const ws = new WebSocket(BASE + target, options);
  return within(new Promise(done => {
    ws.on('error', () => {});
    ws.on('open', () => { ws.terminate(); done({ status: 101 }); });
    ws.on('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', data => { body += data; }).on('end', () => done({ status: response.statusCode, headers: response.headers, body }));
    });
  }), 'a refusal');
};
const masked = (first, payload) => { // a client's frame, masked with zeros
  const head = payload.length < 126 ? [first, 0x80 | payload.length] : [first, 0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
};

const TEXTS = ['hello', '', 'Grüße, Ωmega, 你好, 🙂', '\u0000\u007f\u0080\uffff', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65535), 'x'.repeat(65536)];
const LARGE = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(29128).slice(0, 1 << 20);
const NOISE = randomBytes(1 << 20);

async function echoes(target, deflate) {
  const name = `${target}, ${JSON.stringify(deflate)}`;
  const c = await connect(target, [], { perMessageDeflate: deflate });
  check(`${name}: compression is agreed on, or not`, c.ws.extensions.includes('permessage-deflate') === !!deflate, c.ws.extensions);
  for (const text of TEXTS) {
    await c.send(text);
    const [data, binary] = await c.receive();
    check(`${name}: text of ${text.length}`, !binary && data.toString() === text);
  }
  for (const size of [0, 1, 125, 126, 65535, 65536, 1 << 20]) {
    await c.send(NOISE.subarray(0, size));
    const [data, binary] = await c.receive();
    check(`${name}: ${size} bytes`, binary && data.equals(NOISE.subarray(0, size)));
  }
  await c.send(LARGE);
  check(`${name}: a text of 1 MB`, (await c.receive())[0].toString() === LARGE);
  // The same twice: the second refers to the first where the context is kept.
  for (let i = 0; i < 2; i++) {
    await c.send(LARGE.slice(0, 5000));
    check(`${name}: compressed again`, (await c.receive())[0].toString() === LARGE.slice(0, 5000));
  }
  // In fragments, with a ping between them.
  const pong = once(c.ws, 'pong');
  await c.send('Grü', { fin: false });
  await c.send('ße ', { fin: false });
  c.ws.ping('between');
  await c.send('', { fin: false });
  await c.send('an alle', { fin: true });
  check(`${name}: a text in fragments`, (await c.receive())[0].toString() === 'Grüße an alle');
  check(`${name}: a ping between fragments`, (await within(pong, 'pong'))[0].toString() === 'between');
  for (let i = 0; i < 100; i++) c.ws.send(NOISE.subarray(i * 1000, (i + 1) * 1000), { binary: true, fin: i === 99 });
  const whole = await c.receive();
  check(`${name}: binary in 100 fragments`, whole[1] && whole[0].equals(NOISE.subarray(0, 100000)));
  // Many at once, in their order.
  for (let i = 0; i < 1000; i++) c.ws.send(`message ${i}`);
  let right = 0;
  for (let i = 0; i < 1000; i++) right += (await c.receive())[0].toString() === `message ${i}`;
  check(`${name}: 1000 at once come back in order`, right === 1000, right);
  for (let i = 0; i < 20; i++) c.ws.send(NOISE);
  right = 0;
  for (let i = 0; i < 20; i++) right += (await c.receive())[0].equals(NOISE);
  check(`${name}: 20 of 1 MB at once`, right === 20, right);
  c.ws.close(1000, 'done');
  check(`${name}: closed`, (await c.end())[0] === 1000);
}

async function negotiation() {
  const offers = [{ serverNoContextTakeover: true }, { clientNoContextTakeover: true }, { serverMaxWindowBits: 9 }, { clientMaxWindowBits: 9 }, { clientMaxWindowBits: true },
    { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 10, clientMaxWindowBits: 11 }];
  for (const offer of offers) {
    const c = await connect('/echo', [], { perMessageDeflate: { ...offer, threshold: 0 } });
    let right = 0;
    for (const text of [LARGE, 'short', LARGE.slice(0, 3000), LARGE.slice(0, 3000), '']) {
      await c.send(text);
      right += (await c.receive())[0].toString() === text;
    }
    check(`permessage-deflate ${JSON.stringify(offer)}: ${c.ws.extensions}`, right === 5, right);
    c.ws.close();
    await c.end();
  }
}

async function pings() {
  const c = await connect('/echo');
  for (const payload of ['', 'p', 'x'.repeat(125)]) {
    const pong = once(c.ws, 'pong');
    c.ws.ping(payload);
    check(`ping of ${payload.length}`, (await within(pong, 'pong'))[0].toString() === payload);
  }
  c.ws.pong('nobody asked');
  await c.send('still here');
  check('a pong that nobody asked for', (await c.receive())[0].toString() === 'still here');
  await sleep(1500);
  check('a silent client is asked, and kept when it answers', c.pings >= 2 && c.ws.readyState === WebSocket.OPEN, c.pings);
  c.ws.terminate();
  const mute = await connect('/echo', [], { autoPong: false });
  const began = Date.now();
  const [code] = await mute.end();
  check('one that does not answer is cut', code === 1006 && mute.pings >= 1 && Date.now() - began < 4000, [code, mute.pings, Date.now() - began]);
}

async function closing() {
  for (const [code, reason] of [[1000, ''], [1000, 'bye'], [1001, 'away'], [1011, ''], [3000, 'Grüße'], [4999, 'x'.repeat(123)]]) {
    const c = await connect('/ending');
    await c.receive();
    c.ws.close(code, reason);
    const [answered] = await c.end();
    const next = await connect('/ending');
    const seen = (await next.receive())[0].toString();
    check(`the client closes with ${code} ${reason}`, answered === code && seen === `${code} ${reason}`, [answered, seen]);
    next.ws.close(4000);
    await next.end();
  }
  let c = await connect('/echo');
  c.ws.close();
  check('the client closes without a code', (await c.end())[0] === 1005);
  for (const [code, reason] of [[1000, 'bye'], [1001, ''], [1008, 'policy'], [1011, ''], [3999, 'Grüße'], [4001, 'x'.repeat(123)]]) {
    c = await connect(`/close/${code}?reason=${encodeURIComponent(reason)}`);
    const end = await c.end();
    check(`the server closes with ${code}`, end[0] === code && end[1] === reason, end);
  }
  c = await connect('/returns');
  check('what was sent comes before the end', (await c.receive())[0].toString() === 'bye' && (await c.end())[0] === 1000);
  c = await connect('/throws');
  check('a handler that throws: 1011', (await c.end())[0] === 1011);
  c = await connect('/pour/64/65536');
  let count = 0;
  for (; count < 64; count++) if ((await c.receive())[0].length !== 65536) break;
  check('what waits is sent before the close frame', count === 64 && (await c.end())[0] === 1000, count);
}

async function violations() {
  const raw = async (what, code, bytes, options = {}) => {
    const c = await connect('/echo', [], { perMessageDeflate: false, ...options });
    c.ws._socket.write(bytes);
    const [got] = await c.end();
    check(`${what}: ${code}`, got === code, got);
  };
  await raw('a text that is not UTF-8', 1007, masked(0x81, Buffer.from([0xc3, 0x28])));
  await raw('a surrogate in UTF-8', 1007, masked(0x81, Buffer.from([0xed, 0xa0, 0x80])));
  await raw('a frame without a mask', 1002, Buffer.from([0x81, 0x01, 0x61]));
  await raw('a reserved bit', 1002, masked(0xc1, Buffer.from('a')));
  await raw('an unknown opcode', 1002, masked(0x83, Buffer.from('a')));
  await raw('a continuation of nothing', 1002, masked(0x80, Buffer.from('a')));
  await raw('a long ping', 1002, masked(0x89, Buffer.alloc(126)));
  await raw('a ping in fragments', 1002, masked(0x09, Buffer.from('a')));
  await raw('a close code of one byte', 1002, masked(0x88, Buffer.from([3])));
  await raw('a close code that must not be sent', 1002, masked(0x88, Buffer.from([0x03, 0xed])));
  await raw('a message within a message', 1002, Buffer.concat([masked(0x01, Buffer.from('a')), masked(0x81, Buffer.from('b'))]));
  await raw('no deflate', 1007, masked(0xc1, Buffer.from([0xff, 0xff, 0xff])), { perMessageDeflate: true });
  for (const perMessageDeflate of [false, { threshold: 0 }]) {
    const c = await connect('/echo', [], { perMessageDeflate });
    c.ws.send('x'.repeat((4 << 20) + 1));
    const [code] = await c.end();
    check(`a message of more than 4 MiB, ${JSON.stringify(perMessageDeflate)}: 1009`, code === 1009, code);
  }
}

async function handshakes() {
  const c = new Client('/chosen?choose=b', ['a', 'b', 'c'], { headers: { cookie: 'seen=yes' } });
  const upgraded = once(c.ws, 'upgrade');
  await c.open();
  const said = JSON.parse((await c.receive())[0]);
  const { headers } = (await upgraded)[0];
  check('a subprotocol is chosen', c.ws.protocol === 'b' && said.offered.join() === 'a,b,c', [c.ws.protocol, said]);
  check('headers of accept', headers['x-greeting'] === 'hello' && headers['set-cookie'][0].startsWith('seen=1'), headers);
  check('cookies of the handshake', said.cookie === 'yes', said);
  c.ws.close();
  const none = await connect('/chosen');
  check('no subprotocol is offered', none.ws.protocol === '' && JSON.parse((await none.receive())[0]).offered.length === 0);
  none.ws.close();
  for (const target of ['/refused', '/refused/blocking', '/no/such/route', '/close/abc']) {
    const { status } = await refusal(target);
    check(`${target} is refused`, status === 403, status);
  }
  const denied = await refusal('/denied');
  check('an HTTPException before accept', denied.status === 401 && denied.headers['www-authenticate'] === 'Bearer' && JSON.parse(denied.body).detail === 'who are you?', denied);
  const old = await refusal('/echo', { protocolVersion: 8 });
  check('version 8 is answered as 13', old.status === 101 || (old.status === 426 && old.headers['sec-websocket-version'] === '13'), old);
}

// Sends without reading, until the server reads no more either; then reads all.
async function slow_reader(target) {
  const c = await connect(target, [], { perMessageDeflate: false });
  const count = 600, piece = NOISE.subarray(0, 65536), hashes = [];
  c.ws.pause();
  for (let i = 0; i < count; i++) {
    const data = Buffer.from(piece);
    data.writeUInt32LE(i);
    hashes.push(digest(data));
    c.ws.send(data);
  }
  await sleep(500);
  c.ws.resume();
  let right = 0;
  for (let i = 0; i < count; i++) right += digest((await c.receive())[0]) === hashes[i];
  check(`${target}: one that reads late gets everything`, right === count, right);
  c.ws.close();
  await c.end();
}

async function vanishing() {
  const many = await Promise.all(Array.from({ length: 100 }, () => connect('/count')));
  const alive = async () => +(await (await fetch(`http://127.0.0.1:${port}/alive`)).text());
  check('100 handlers', await alive() === 100);
  many.forEach((c, i) => i % 2 ? c.ws.terminate() : c.ws._socket.resetAndDestroy());
  let left = 100;
  for (let i = 0; i < 50 && left; i++) await sleep(20), left = await alive();
  check('handlers of clients that vanish end', left === 0, left);
}

const parts = [...['/echo', '/blocking'].flatMap(t => [false, { threshold: 0 }].map(d => () => echoes(t, d))), negotiation, pings, closing, violations, handshakes,
  () => slow_reader('/echo'), () => slow_reader('/blocking'), vanishing];
for (const part of parts) {
  const began = Date.now();
  try {
    await part();
  } catch (error) {
    check(`${part.name || part} runs to its end`, false, error.stack);
  }
  if (process.env.TIMES) console.log(part.name || String(part), Date.now() - began, 'ms');
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
