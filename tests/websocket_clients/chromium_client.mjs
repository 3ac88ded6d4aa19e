// The server of this folder against headless Chromium: node chromium_client.mjs PORT
import { Browser, sleep } from '../browser/chromium.mjs';

const port = process.argv[2];
let passed = 0, failed = 0, began = Date.now();
const check = (what, good, detail = '') => {
  if (process.env.TIMES) console.log(`${Date.now() - began} ms: ${what}`);
  if (good) passed++;
  else console.log(`FAILED: Chromium: ${what}${detail === '' ? '' : ': ' + JSON.stringify(detail).slice(0, 300)}`), failed++;
};
const browser = new Browser(process.env.CHROMIUM || '/usr/bin/chromium', 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1');

// Runs in the page. Opens a socket whose messages and end can be waited for.
const helper = () => {
  window.dial = (target, protocols) => new Promise(done => {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + target, protocols);
    socket.binaryType = 'arraybuffer';
    const queue = [], waiting = [];
    socket.onmessage = e => waiting.length ? waiting.shift()(e.data) : queue.push(e.data);
    const client = { socket, receive: () => queue.length ? Promise.resolve(queue.shift()) : new Promise(f => waiting.push(f)) };
    client.end = new Promise(f => { socket.onclose = e => { f([e.code, e.reason, e.wasClean]); done(client); }; });
    socket.onopen = () => { client.opened = true; done(client); };
  });
  window.same = (a, b) => a.byteLength === b.byteLength && new Uint8Array(a).every((x, i) => x === new Uint8Array(b)[i]);
  return true;
};

async function run() {
  const page = await browser.page();
  await page.go(`http://127.0.0.1:${port}/`);
  if (!check_opened(await page.until(() => document.title === 'WebSocket'))) return;
  await page.eval(helper);
  for (const target of ['/echo', '/blocking']) {
    const seen = await page.eval(async target => {
      const c = await dial(target), found = { extensions: c.socket.extensions, wrong: [] };
      for (const text of ['hello', '', 'Grüße, 你好, 🙂', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65536), 'abcdefghij'.repeat(104858)]) {
        c.socket.send(text);
        if (await c.receive() !== text) found.wrong.push('text ' + text.length);
      }
      for (const size of [0, 1, 126, 65536, 1 << 20]) {
        const bytes = new Uint8Array(size);
        for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
        c.socket.send(size % 2 ? new Blob([bytes]) : bytes);
        if (!same(await c.receive(), bytes.buffer)) found.wrong.push('bytes ' + size);
      }
      for (let i = 0; i < 300; i++) c.socket.send('message ' + i);
      for (let i = 0; i < 300; i++) if (await c.receive() !== 'message ' + i) found.wrong.push('message ' + i);
      const large = new Uint8Array(1 << 20).fill(7);
      for (let i = 0; i < 20; i++) c.socket.send(large);
      for (let i = 0; i < 20; i++) if (!same(await c.receive(), large.buffer)) found.wrong.push('large ' + i);
      c.socket.close(3001, 'Grüße');
      found.end = await c.end;
      return found;
    }, target);
    check(`${target}: permessage-deflate`, seen.extensions.startsWith('permessage-deflate'), seen.extensions);
    check(`${target}: texts, bytes, 1 MB, many at once`, !seen.wrong.length, seen.wrong);
    check(`${target}: closed by the client`, seen.end[0] === 3001 && seen.end[1] === 'Grüße' && seen.end[2], seen.end);
  }
  for (const [code, reason] of [[1000, 'bye'], [1001, ''], [1008, 'policy'], [1011, ''], [4001, 'x'.repeat(123)]]) {
    const end = await page.eval(async target => (await dial(target)).end, `/close/${code}?reason=${reason}`);
    check(`the server closes with ${code}`, end[0] === code && end[1] === reason && end[2], end);
  }
  const told = await page.eval(async () => {
    const one = await dial('/ending');
    await one.receive();
    one.socket.close(4002, 'told');
    await one.end;
    const text = await (await dial('/ending')).receive();
    const bare = await dial('/echo');
    bare.socket.close();
    return [text, await bare.end];
  });
  check('the server sees the client\'s code', told[0] === '4002 told', told);
  check('closed without a code', told[1][0] === 1005 && told[1][2], told);
  for (const target of ['/refused', '/refused/blocking', '/denied', '/no/such/route']) {
    const seen = await page.eval(async target => { const c = await dial(target); return [!!c.opened, ...await c.end]; }, target);
    check(`${target} is refused`, !seen[0] && seen[1] === 1006 && !seen[3], seen);
  }
  const chosen = await page.eval(async () => {
    const c = await dial('/chosen?choose=b', ['a', 'b']), said = JSON.parse(await c.receive());
    const again = JSON.parse(await (await dial('/chosen')).receive());
    const none = await dial('/chosen', ['a']); // a browser wants one of those it offers
    return { protocol: c.socket.protocol, offered: said.offered, cookie: again.cookie, none: none.opened ?? false };
  });
  check('a subprotocol is chosen', chosen.protocol === 'b' && chosen.offered.join() === 'a,b', chosen);
  check('a cookie set by accept', chosen.cookie === '1', chosen);
  check('none of those offered is chosen', !chosen.none, chosen);
  const kept = await page.eval(async () => {
    const c = await dial('/echo');
    await new Promise(f => setTimeout(f, 1500)); // longer than the server waits for answers to its pings
    c.socket.send('here');
    return await c.receive();
  });
  check('a silent page is kept', kept === 'here', kept);
  const left = await page.eval(async () => {
    const many = await Promise.all(Array.from({ length: 10 }, () => dial('/count')));
    return [many.filter(c => c.opened).length, await (await fetch('/alive')).text()];
  });
  check('10 sockets of one page', left[0] === 10 && left[1] === '10', left);
  await page.close();
  let alive = '';
  for (let i = 0; i < 100 && alive !== '0'; i++) await sleep(20), alive = await (await fetch(`http://127.0.0.1:${port}/alive`)).text();
  check('a page that is closed ends its handlers', alive === '0', alive);
}
function check_opened(good) {
  check('the page opens', good);
  return good;
}

const late = setTimeout(() => { check('the test runs to its end in time', false); end(); }, 25000);
async function end() {
  clearTimeout(late);
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
try {
  await run();
} catch (error) {
  check('the test runs to its end', false, error.stack);
}
await end();
