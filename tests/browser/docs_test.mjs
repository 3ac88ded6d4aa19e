// The docs pages in a real browser without network: headless Chromium, driven over its debugging pipe. Needs nothing
// but node 18+ and Chromium.
//
//   node docs_test.mjs                        the pages of tools/docs/ on a small server of this script
//   node docs_test.mjs --documents DIR        also: show every OpenAPI document (*.json) of a directory
//   node docs_test.mjs http://127.0.0.1:8000  the pages of a running server
//
//   --screenshot FILE.png    take a picture of the explorer, 1280x900
//   --user NAME --password WORD    for the OAuth2 password flow of a running server
//   --docs /docs --redoc /redoc    where the pages are ('' leaves one out)
//   --chromium PATH          default /usr/bin/chromium or $CHROMIUM

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Browser, Page, sleep } from './chromium.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const options = { docs: '/docs', redoc: '/redoc', user: 'johndoe', password: 'secret', chromium: process.env.CHROMIUM || '/usr/bin/chromium' };
let given = '';
for (let i = 2; i < process.argv.length; i++) {
  const word = process.argv[i];
  if (word.startsWith('--')) options[word.slice(2)] = process.argv[++i];
  else given = word.replace(/\/$/, '');
}

let passed = 0, failed = 0;
const check = (what, good, detail = '') => {
  if (good) passed++;
  else {
    failed++;
    console.log(`FAILED: ${what}${detail === '' ? '' : ': ' + (typeof detail === 'string' ? detail : JSON.stringify(detail))}`);
  }
  return good;
};
const open = [];

// ---- Chromium

const browser = resolver => {
  const made = new Browser(options.chromium, resolver, Explorer);
  open.push(made);
  return made;
};

class Explorer extends Page {
  // What a reader of the explorer does.
  explorer() { return this.until(() => document.querySelector('main') && document.querySelector('h1').textContent); }
  operations() { return this.eval(() => [...document.querySelectorAll('main > section > .op')].filter(e => e.querySelector('.verb')).map(e => [e.querySelector('.verb').textContent, e.querySelector('.name').textContent])); }
  // Opens an operation and marks it, so that the calls after it find it.
  openOp(verb, name) {
    return this.eval((verb, name) => {
      document.querySelector('[data-test]')?.removeAttribute('data-test');
      const op = [...document.querySelectorAll('.op')].find(e => e.querySelector('.verb')?.textContent === verb && e.querySelector('.name').textContent === name);
      op.setAttribute('data-test', '');
      if (!op.open) op.querySelector('summary').click();
    }, verb, name).then(() => this.until(() => document.querySelector('[data-test] form')));
  }
  async fill(label, value, within = '[data-test]') {
    const kind = await this.eval((label, within) => {
      const e = label === 'Request body' ? document.querySelector(within + ' textarea[aria-label="Request body"]')
        : [...document.querySelectorAll(within + ' label')].filter(l => l.textContent.trim().startsWith(label)).map(l => l.control || l.querySelector('input'))[0];
      if (!e) return '';
      e.focus();
      if (e.tagName !== 'SELECT') e.select();
      return e.tagName;
    }, label, within);
    if (kind === 'SELECT') {
      await this.eval(value => { document.activeElement.value = value; document.activeElement.dispatchEvent(new Event('change', { bubbles: true })); }, value);
    } else if (kind) {
      await this.key('Delete', 46);
      await this.send('Input.insertText', { text: value });
    }
    return kind;
  }
  async press(text, within = '[data-test]') {
    await this.eval((text, within) => [...document.querySelectorAll(within + ' button')].find(b => b.textContent === text).click(), text, within);
  }
  // Sends the open operation and gives what the page shows.
  async answer() {
    await this.eval(() => document.querySelector('[data-test] .out').replaceChildren());
    const from = this.requests.length;
    await this.press('Send');
    const done = await this.until(() => document.querySelector('[data-test] .out').childNodes.length && document.querySelector('[data-test] .go').textContent === 'Send');
    const shown = await this.eval(() => {
      const text = s => document.querySelector('[data-test] .out ' + s)?.textContent ?? '';
      return { status: text('p'), body: text('.body'), curl: text('.curl'), headers: text('details pre'), error: text('.err[role=alert]') };
    });
    const sent = this.requests.slice(from).find(r => r.type === 'Fetch' && r.request.method !== 'OPTIONS');
    return { done, ...shown, sent: sent?.request, requestId: sent?.requestId };
  }
}

// ---- A server of our own: the pages with their placeholders filled, and endpoints that say what they were sent

const page = name => readFileSync(path.join(HERE, '../../tools/docs', name), 'utf8');
const filled = (text, values) => text.replace(/\{\{(\w+)\}\}/g, (m, k) => values[k] ?? m);
const literal = s => JSON.stringify(s).replace(/[<>&\u2028\u2029]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
const escaped = s => s.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);

function pages({ title = 'FastAPI', root = '', fallback = true, cdn = 'https://cdn.jsdelivr.net/npm' } = {}) {
  const common = { favicon_url: 'https://fastapi.tiangolo.com/img/favicon.png', openapi_url: root + '/openapi.json' };
  const explorer = fallback ? filled(page('fallback.html'), { explorer_url: literal(root + '/docs/explorer') }) : '';
  return {
    explorer: filled(page('explorer.html'), { title: escaped(title), openapi_url_script: literal(common.openapi_url) }),
    docs: filled(page('swagger.html'), {
      ...common, title: escaped(title + ' - Swagger UI'), fallback: explorer, swagger_base: cdn + '/swagger-ui-dist@5/',
      oauth2_redirect: `oauth2RedirectUrl: window.location.origin + '${root}/docs/oauth2-redirect',`,
    }),
    redoc: filled(page('redoc.html').replace('https://cdn.jsdelivr.net/npm', cdn), {
      ...common, title: escaped(title + ' - ReDoc'), fallback: explorer, openapi_url_html: common.openapi_url,
    }),
  };
}

const ok = { 200: { description: 'Successful Response', content: { 'application/json': { schema: {} } } } };
const secured = (...names) => ({ summary: 'Secured by ' + names.join(' and '), tags: ['security'], responses: ok, security: names.map(n => ({ [n]: [] })) });
const json = schema => ({ required: true, content: { 'application/json': { schema } } });
const ref = name => ({ $ref: '#/components/schemas/' + name });
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1.2.0', summary: 'Everything in one place', description: 'A **small** shop with `code` and a [link](https://example.com/).\n\n## Items\n\n* read them\n* write them\n\nSee https://example.com/more for more.' },
  servers: [{ url: '/', description: 'Here' }, { url: '/api/v1', description: 'Behind a prefix' }],
  tags: [{ name: 'items', description: 'Operations on **items**.' }],
  paths: {
    '/items/{item_id}': {
      parameters: [{ name: 'item_id', in: 'path', required: true, schema: { type: 'integer', exclusiveMinimum: 0, title: 'Item Id' }, description: 'The ID of the item to get' }],
      get: {
        tags: ['items'], summary: 'Read Item', operationId: 'read_item', description: 'One item, or **404**.',
        parameters: [
          { name: 'q', in: 'query', schema: { anyOf: [{ type: 'string', minLength: 3, maxLength: 50, pattern: '^fixed\\w*$' }, { type: 'null' }] }, description: 'Query string' },
          { name: 'kind', in: 'query', schema: ref('Kind') },
          { name: 'short', in: 'query', schema: { type: 'boolean', default: false } },
          { name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string' }, default: [] } },
          { name: 'x-token', in: 'header', schema: { type: 'string' }, deprecated: true },
          { name: 'session', in: 'cookie', schema: { type: 'string' } },
        ],
        responses: { 200: { description: 'Successful Response', content: { 'application/json': { schema: ref('Item') } } }, 404: { description: 'Not found' }, 422: { description: 'Validation Error', content: { 'application/json': { schema: ref('Problem') } } } },
      },
      delete: { tags: ['items'], summary: 'Delete Item', operationId: 'delete_item', deprecated: true, responses: { 204: { description: 'Successful Response' } } },
    },
    '/items/': {
      post: {
        tags: ['items'], summary: 'Create Item', operationId: 'create_item', requestBody: json(ref('Item')), responses: { 201: { description: 'Successful Response', content: { 'application/json': { schema: ref('Item') } } } },
        callbacks: { created: { '{$request.body#/name}': { post: { summary: 'Item created', requestBody: json(ref('Item')), responses: ok } } } },
      },
      get: { tags: ['items'], summary: 'List Items', operationId: 'list_items', responses: { 200: { description: 'Successful Response', content: { 'application/json': { schema: { type: 'array', items: ref('Item') } } } } } },
      put: { tags: ['items'], summary: 'Replace Items', responses: ok }, patch: { tags: ['items'], summary: 'Update Items', responses: ok },
    },
    '/form': { post: { summary: 'Form', requestBody: { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties: { name: { type: 'string' }, level: { type: 'integer', default: 3 } }, required: ['name'] } } } }, responses: ok } },
    '/upload': { post: { summary: 'Upload', requestBody: { content: { 'multipart/form-data': { schema: { type: 'object', properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' }, note: { type: 'string' } }, required: ['file'] } } } }, responses: ok } },
    '/big': { get: { summary: 'Big', responses: ok } },
    '/events': { get: { summary: 'Events', responses: { 200: { description: 'Events', content: { 'text/event-stream': { itemSchema: { type: 'object', properties: { data: { type: 'string' } } } } } } } } },
    '/file': { get: { summary: 'File', responses: { 200: { description: 'A file' } } } },
    '/bearer': { get: secured('Bearer') }, '/basic': { get: secured('Basic') }, '/header': { get: secured('HeaderKey') }, '/query': { get: secured('QueryKey') },
    '/cookie': { get: secured('CookieKey') }, '/login': { get: secured('Login') }, '/other': { get: secured('Other') }, '/several': { get: secured('HeaderKey', 'Bearer') },
  },
  webhooks: { 'new-item': { post: { summary: 'New item', requestBody: json(ref('Item')), responses: ok } } },
  components: {
    schemas: {
      Kind: { type: 'string', enum: ['plain', 'fancy'], title: 'Kind' },
      Item: {
        type: 'object', title: 'Item', description: 'A thing to sell.', required: ['name', 'price'],
        properties: {
          name: { type: 'string', minLength: 1, examples: ['Foo'] }, price: { type: 'number', exclusiveMinimum: 0, description: 'Above **zero**' }, kind: ref('Kind'), tags: { type: 'array', uniqueItems: true, items: { type: 'string' } },
          parts: { type: 'array', items: ref('Item') }, parent: { anyOf: [ref('Item'), { type: 'null' }] }, when: { type: 'string', format: 'date-time' }, pair: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'boolean' }] }, extra: { type: 'object', additionalProperties: { type: 'integer' } },
        },
      },
      Problem: { type: 'object', properties: { detail: { type: 'array', items: { type: 'object', properties: { loc: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } }, msg: { type: 'string' } } } } } },
    },
    securitySchemes: {
      Bearer: { type: 'http', scheme: 'bearer' }, Basic: { type: 'http', scheme: 'basic' }, HeaderKey: { type: 'apiKey', in: 'header', name: 'X-Key', description: 'A key' }, QueryKey: { type: 'apiKey', in: 'query', name: 'key' }, CookieKey: { type: 'apiKey', in: 'cookie', name: 'ckey' },
      Login: { type: 'oauth2', flows: { password: { tokenUrl: 'token', scopes: { me: 'Read about me', items: 'Read items' } } } }, Other: { type: 'openIdConnect', openIdConnectUrl: '/openid' },
    },
  },
};

// A document whose every text tries to run something.
const EVIL = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'><svg onload="window.hacked=1">`;
const evilLinks = '[click](javascript:window.hacked=1) [two](data:text/html,<script>1</script>) [three]( javascript:window.hacked=1) [four](JaVaScRiPt:window.hacked=1) [five](vbscript:x) <a href="javascript:window.hacked=1">six</a> [seven](https://example.com/"onmouseover="window.hacked=1)';
const evilSchema = { type: EVIL, title: EVIL, description: EVIL + evilLinks, enum: [EVIL, 'x'], default: EVIL, examples: [EVIL], pattern: EVIL, format: EVIL, innerHTML: EVIL };
const HOSTILE = {
  openapi: EVIL, info: { title: EVIL, version: EVIL, summary: EVIL, description: EVIL + '\n\n' + evilLinks, termsOfService: 'javascript:window.hacked=1', contact: { name: EVIL, url: 'javascript:window.hacked=1', email: EVIL }, license: { name: EVIL, url: 'javascript:window.hacked=1' } },
  servers: [{ url: 'javascript:window.hacked=1//', description: EVIL }, { url: EVIL }, { innerHTML: EVIL, url: '/' }],
  externalDocs: { url: 'javascript:window.hacked=1', description: EVIL },
  tags: [{ name: EVIL, description: EVIL + evilLinks, externalDocs: { url: 'javascript:window.hacked=1' } }],
  paths: {
    [EVIL]: { get: { tags: [EVIL], operationId: EVIL, summary: { innerHTML: EVIL }, description: { innerHTML: EVIL }, externalDocs: { url: 'javascript:window.hacked=1' }, parameters: [{ name: EVIL, in: 'query', description: EVIL, schema: evilSchema, example: EVIL }, { name: { innerHTML: EVIL }, in: { outerHTML: EVIL }, schema: { enum: [{ innerHTML: EVIL }] } }], responses: { [EVIL]: { description: EVIL, headers: { [EVIL]: { schema: evilSchema } }, content: { [EVIL]: { schema: evilSchema } } } }, security: [{ [EVIL]: [EVIL] }] } },
    '/evil': { post: { summary: EVIL, operationId: '__proto__', requestBody: { description: EVIL, content: { 'application/json': { schema: { type: 'object', properties: { __proto__: null, [EVIL]: evilSchema, constructor: evilSchema } }, examples: { [EVIL]: { summary: EVIL, value: EVIL }, b: { value: { innerHTML: EVIL } } } }, [EVIL]: { schema: evilSchema } } }, responses: { 200: { description: evilLinks } } },
      get: { summary: 'answers HTML', responses: { 200: { description: '' } } } },
    '/broken': { get: null, post: 'x', put: { parameters: 'no', responses: 3, tags: 7 }, patch: { parameters: [null, 5], requestBody: { content: { 'application/json': null } }, responses: { 200: null } } },
    '/loop': { get: { parameters: [{ $ref: '#/components/parameters/loop' }, { $ref: 'https://example.com/x.json#/a' }, { $ref: { innerHTML: EVIL } }], requestBody: { $ref: '#/%zz' }, responses: { 200: { description: '', content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } } } } } },
  },
  components: {
    parameters: { loop: { $ref: '#/components/parameters/loop' } },
    schemas: { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' }, [EVIL]: evilSchema, nothing: null, yes: true, no: false, odd: { properties: [], allOf: {}, anyOf: 'x', items: [] }, deep: { allOf: [{ $ref: '#/components/schemas/deep' }] } },
    securitySchemes: { [EVIL]: { type: 'apiKey', in: 'header', name: EVIL, description: EVIL + evilLinks }, oauth: { type: 'oauth2', flows: { password: { tokenUrl: 'javascript:window.hacked=1', scopes: { [EVIL]: EVIL } } } }, none: null },
  },
};

function answerItself(request, response, body) {
  const url = new URL(request.url, 'http://x'), inner = url.pathname.replace(/^\/api\/v1/, '');
  const say = (status, type, text) => { response.writeHead(status, { 'content-type': type }); response.end(text); };
  if (inner === '/token') {
    const form = new URLSearchParams(body.toString());
    if (form.get('grant_type') === 'password' && form.get('username') === 'johndoe' && form.get('password') === 'secret') return say(200, 'application/json', JSON.stringify({ access_token: 'token-for-' + (form.get('scope') || 'nothing').replace(/ /g, '+'), token_type: 'bearer' }));
    return say(400, 'application/json', '{"detail":"Incorrect username or password"}');
  }
  if (inner === '/big') return say(200, 'application/json', '{"id":12345678901234567890,"text":"<b>&amp;</b>","empty":[],"none":{}}');
  if (inner === '/evil' && request.method === 'GET') return say(200, 'text/html', EVIL);
  if (inner === '/file') return say(200, 'application/octet-stream', Buffer.from([0, 1, 2, 255]));
  if (inner === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return void response.write('data: one\n\n'); // and never ends
  }
  if (request.method === 'DELETE') { response.writeHead(204); return void response.end(); }
  say(request.method === 'POST' ? 201 : 200, 'application/json', JSON.stringify({ method: request.method, path: url.pathname, query: url.search, headers: request.headers, body: body.toString() }));
}

function ownServer(documents) {
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', d => parts.push(d)).on('end', () => {
      const url = new URL(request.url, 'http://x'), [, root = '', rest] = /^(\/_doc\/\d+)?(\/.*)$/.exec(url.pathname);
      const document = root ? documents[+root.slice(6)] : DOCUMENT;
      const cdn = url.searchParams.get('cdn') || undefined, html = pages({ root, cdn, title: root && document === HOSTILE ? EVIL : 'FastAPI' });
      const send = (type, text) => { response.writeHead(200, { 'content-type': type }); response.end(text); };
      if (rest === '/openapi.json') send('application/json', JSON.stringify(document));
      else if (rest === '/docs') send('text/html; charset=utf-8', html.docs);
      else if (rest === '/docs/explorer') send('text/html; charset=utf-8', html.explorer);
      else if (rest === '/redoc') send('text/html; charset=utf-8', html.redoc);
      else if (rest.startsWith('/works/')) send('text/javascript', rest.endsWith('.css') ? '' : 'window.SwaggerUIBundle = window.Redoc = () => { document.body.append("the docs UI"); }; SwaggerUIBundle.presets = {}; Redoc();');
      else if (rest.startsWith('/portal/')) send('text/html', '<p>Please log in first');
      else if (rest.startsWith('/gone/')) response.writeHead(404).end('gone');
      else answerItself(request, response, Buffer.concat(parts));
    });
  });
  return listening(server);
}
const listening = server => new Promise(done => {
  server.listen(0, '127.0.0.1', () => done(server.address().port));
  open.push({ close: () => { server.closeAllConnections?.(); server.close(); } });
});
const silent = () => {
  const sockets = new Set();
  const server = net.createServer(s => { sockets.add(s); s.on('error', () => {}); });
  open.push({ close: () => sockets.forEach(s => s.destroy()) });
  return listening(server);
};

// ---- The tests

const overflow = p => p.eval(() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide <= 0) return '';
  const worst = [...document.querySelectorAll('main *, header *, nav *')].find(e => e.getBoundingClientRect().right > innerWidth + 1);
  return `${wide}px too wide: ${worst?.outerHTML.slice(0, 120)}`;
});
const outside = p => p.requests.map(r => r.request.url).filter(u => !/^(http:\/\/127\.0\.0\.1[:\/]|data:|blob:|about:)/.test(u));

// A page that loads its UI from elsewhere becomes the explorer.
async function fallback(browser, url, what) {
  const p = await browser.page(), start = Date.now();
  await p.go(url + '#list_items');
  const title = await p.explorer(), ms = Date.now() - start;
  check(`${what}: the explorer appears`, title);
  check(`${what}: within three seconds`, ms < 3000, ms + ' ms');
  check(`${what}: the hash is kept`, await p.eval(() => location.hash) === '#list_items');
  console.log(`${what}: explorer after ${ms} ms`);
  return p;
}

// Does what a reader does with any API: list, fill, send, authorize. `p` shows the explorer.
async function reader(p, base, document) {
  const resolve = o => o?.$ref ? o.$ref.slice(2).split('/').reduce((v, k) => v?.[k], document) : o;
  const all = [];
  for (const [name, item] of Object.entries(document.paths || {})) for (const m of ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']) if (item[m]) all.push({ name, verb: m.toUpperCase(), op: item[m], params: [...(item.parameters || []), ...(item[m].parameters || [])].map(resolve) });
  const listed = await p.operations();
  check('every operation is listed', all.every(o => listed.some(([v, n]) => v === o.verb && n === o.name)), listed);
  const media = o => Object.keys(resolve(o.op.requestBody)?.content || {})[0] || '';
  // The same request made by node must give the same answer.
  const agrees = async (a, what) => {
    if (!check(`${what}: answered`, a.done && a.sent && /^\d{3}/.test(a.status), { status: a.status, error: a.error })) return;
    const { url, method, headers, postData } = a.sent;
    const direct = await fetch(url, { method, headers: Object.fromEntries(Object.entries(headers).filter(([k]) => /^(accept|content-type|authorization|x-.*)$/i.test(k))), body: postData, redirect: 'follow' });
    const text = await direct.text();
    check(`${what}: shows the status`, a.status.startsWith(String(direct.status)), [a.status, direct.status]);
    if (/json/.test(direct.headers.get('content-type') || '')) {
      let shape; // times and tokens differ between two calls; keys do not
      const keys = v => JSON.stringify(v && typeof v === 'object' ? Object.keys(v).sort() : typeof v);
      try { shape = keys(JSON.parse(a.body)); } catch {}
      check(`${what}: shows the body`, shape === keys(JSON.parse(text)), a.body.slice(0, 200));
    }
    check(`${what}: shows the curl line`, a.curl.startsWith('curl ') && a.curl.includes(new URL(url).pathname), a.curl);
  };
  const withParam = all.find(o => o.verb === 'GET' && o.params.some(x => x.in === 'path' || x.in === 'query') && !/text\/event-stream|jsonl/.test(JSON.stringify(o.op.responses)));
  if (withParam) {
    await p.openOp(withParam.verb, withParam.name);
    for (const x of withParam.params.filter(x => x.required || x.in === 'query').slice(0, 3)) {
      const s = resolve(x.schema) || {}, kind = JSON.stringify(s);
      const value = s.enum ? String(s.enum[0]) : /"boolean"/.test(kind) ? 'true' : /"integer"|"number"/.test(kind) ? '7' : 'a b&\u00e9';
      check(`parameter ${x.name} can be filled`, await p.fill(x.name, value));
      x.filled = value;
    }
    const a = await p.answer();
    await agrees(a, `${withParam.verb} ${withParam.name}`);
    check('the filled value is in the URL', withParam.params.filter(x => x.filled).every(x => a.sent?.url.includes(encodeURIComponent(x.filled))), a.sent?.url);
  } else console.log('skipped: no GET operation with a parameter');
  const withBody = all.find(o => /json$/.test(media(o)) && o.verb !== 'GET');
  if (withBody) {
    await p.openOp(withBody.verb, withBody.name);
    for (const x of withBody.params.filter(x => x.required)) await p.fill(x.name, '7');
    const prefilled = await p.eval(() => document.querySelector('[data-test] textarea[aria-label="Request body"]').value);
    let example;
    try { example = JSON.parse(prefilled); } catch {}
    check('the body is prefilled with JSON', example !== undefined, prefilled);
    const a = await p.answer();
    await agrees(a, `${withBody.verb} ${withBody.name}`);
    check('the body is sent as shown', a.sent?.postData === prefilled && /json$/.test(a.sent?.headers['Content-Type']), a.sent?.postData);
    await p.fill('Request body', '{"wrong":');
    const b = await p.answer();
    check('a body is sent as typed', b.sent?.postData === '{"wrong":', b.sent?.postData);
    check('and the answer shown', /^\d{3}/.test(b.status), b.status);
  } else console.log('skipped: no operation with a JSON body');
  const schemes = Object.entries(document.components?.securitySchemes || {}).map(([k, v]) => [k, resolve(v)]);
  const used = schemes.find(([k, v]) => v.in !== 'cookie' && all.some(o => !o.params.some(x => x.in === 'path') && (o.op.security || document.security || []).some(s => k in s)));
  if (used) {
    const [name, s] = used, target = all.find(o => !o.params.some(x => x.in === 'path') && (o.op.security || document.security || []).some(x => name in x));
    await p.press('Authorize', 'nav');
    await p.eval(name => { for (const f of document.querySelectorAll('dialog form')) f.toggleAttribute('data-auth', f.querySelector('h4').firstChild.textContent === name); }, name);
    if (s.flows?.password || s.scheme === 'basic') {
      await p.fill('Username', options.user, '[data-auth]');
      await p.fill('Password', options.password, '[data-auth]');
    } else await p.fill(s.in ? 'Value' : s.scheme && s.scheme.toLowerCase() !== 'bearer' ? 'Credentials' : 'Token', 'the-secret', '[data-auth]');
    await p.press('Authorize', '[data-auth]');
    const note = await p.until(() => document.querySelector('[data-auth] [role=status]').textContent);
    check(`authorizes with ${name}`, note === 'Authorized.', note);
    await p.press('Close', 'dialog');
    check('the button says so', /^Authorized/.test(await p.eval(() => document.querySelector('nav .bar > button').textContent)));
    await p.openOp(target.verb, target.name);
    const a = await p.answer(), headers = Object.fromEntries(Object.entries(a.sent?.headers || {}).map(([k, v]) => [k.toLowerCase(), v]));
    const got = s.in === 'query' ? new URL(a.sent.url).searchParams.get(s.name) : headers[s.in ? s.name.toLowerCase() : 'authorization'];
    check('the credentials are sent', got && (s.in ? got === 'the-secret' : /^\w+ \S/.test(got)), got);
    await agrees(a, `${target.verb} ${target.name} with credentials`);
  } else console.log('skipped: no operation that needs credentials');
  check('no script error', !p.problems.length, p.problems);
}

// Everything of the explorer on the document above.
async function details(p, base) {
  await p.go(base + '/docs/explorer');
  check('explorer: title', await p.explorer() === 'Shop');
  const text = await p.eval(() => document.querySelector('header').innerText);
  check('explorer: version and description', /1\.2\.0/.test(text) && /Everything in one place/.test(text) && !/\*\*|\]\(/.test(text), text);
  check('explorer: description is formatted', await p.eval(() => !!document.querySelector('header b, header strong') && !!document.querySelector('header code') && document.querySelectorAll('header li').length === 2 && !!document.querySelector('header a[href="https://example.com/more"]')));
  check('explorer: groups in order', (await p.eval(() => [...document.querySelectorAll('h2')].map(e => e.textContent).filter(t => t !== 'Authorize').join())) === 'items,default,security,Webhooks,Schemas');
  check('explorer: deprecated mark', await p.eval(() => /deprecated/.test(document.querySelector('.old summary').textContent)));

  // Parameters of each place and kind.
  await p.openOp('GET', '/items/{item_id}');
  const missing = await p.answer();
  check('a missing path parameter is told', /item_id/.test(missing.error) && !missing.sent, missing);
  for (const [k, v] of [['item_id', '4/2'], ['q', "fixed'1 &"], ['kind', 'fancy'], ['short', 'true'], ['tag', 'a\nb c'], ['x-token', 'tok'], ['session', 'abc']]) check('fills ' + k, await p.fill(k, v));
  const a = await p.answer(), got = JSON.parse(a.body || '{}');
  check('path and query are encoded', got.path === '/items/4%2F2' && got.query === '?q=fixed%271%20%26&kind=fancy&short=true&tag=a&tag=b%20c', [got.path, got.query]);
  check('header and cookie are sent', got.headers?.['x-token'] === 'tok' && got.headers?.cookie === 'session=abc' && /^application\/json/.test(got.headers?.accept), got.headers);
  check('curl is quoted', a.curl.includes("q=fixed'\\''1%20%26") && a.curl.includes("-b 'session=abc'"), a.curl);
  check('status, time and size are shown', /^200 OK \S \d+ ms \S \d+ bytes$/.test(a.status), a.status);
  check('headers are shown', /content-type: application\/json/.test(a.headers), a.headers);
  check('JSON is pretty and coloured', /\n  "method": "GET"/.test(a.body) && await p.eval(() => document.querySelectorAll('[data-test] .body .k').length > 3));
  check('facts of a parameter', /minLength 3.*pattern \^fixed\\w\*\$/.test(await p.eval(() => [...document.querySelectorAll('[data-test] .row')].find(r => r.querySelector('label').textContent === 'q').textContent)));
  check('the hash names the operation', await p.eval(() => location.hash) === '#read_item');

  await p.openOp('POST', '/items/');
  const body = JSON.parse(await p.eval(() => document.querySelector('[data-test] textarea').value));
  check('the example body', body.name === 'Foo' && body.price > 0 && body.kind === 'plain' && Array.isArray(body.parts) && !body.parts.length && body.pair.length === 2 && 'key' in body.extra, body);

  // Forms and files.
  await p.openOp('POST', '/form');
  await p.fill('name', 'x y&z');
  const form = JSON.parse((await p.answer()).body);
  check('a form is sent', form.body === 'name=x+y%26z&level=3' && form.headers['content-type'].startsWith('application/x-www-form-urlencoded'), form);
  await p.openOp('POST', '/upload');
  await p.fill('note', 'hello');
  const { root } = await p.send('DOM.getDocument'), { nodeId } = await p.send('DOM.querySelector', { nodeId: root.nodeId, selector: '[data-test] input[type=file]' });
  await p.send('DOM.setFileInputFiles', { nodeId, files: [fileURLToPath(import.meta.url)] });
  const upload = await p.answer(), up = JSON.parse(upload.body);
  check('a file is sent', /^multipart\/form-data; boundary=/.test(up.headers['content-type']) && /name="file"; filename="docs_test.mjs"/.test(up.body) && /name="note"\r\n\r\nhello/.test(up.body), up.body.slice(0, 300));
  check('curl of a file', /-F 'file=@docs_test.mjs'/.test(upload.curl) && /--form-string 'note=hello'/.test(upload.curl), upload.curl);

  // Answers of other kinds.
  await p.openOp('GET', '/big');
  check('long numbers keep their digits', /"id": 12345678901234567890,/.test((await p.answer()).body));
  await p.openOp('DELETE', '/items/{item_id}');
  await p.fill('item_id', '1');
  check('an empty answer', /^204/.test((await p.answer()).status));
  await p.openOp('GET', '/file');
  check('a binary answer can be saved', (await p.answer()).done && await p.eval(() => document.querySelector('[data-test] .out a[download]')?.href.startsWith('blob:')));
  await p.openOp('GET', '/events');
  await p.press('Send');
  check('a stream is shown while it runs', await p.until(() => document.querySelector('[data-test] .body')?.textContent === 'data: one\n\n'));
  await p.press('Cancel');
  check('and can be cancelled', await p.until(() => /Cancelled/.test(document.querySelector('[data-test] .out .err')?.textContent) && document.querySelector('[data-test] .go').textContent === 'Send'));

  // The other server.
  await p.eval(() => { document.querySelector('nav select').selectedIndex = 1; });
  await p.openOp('GET', '/items/');
  check('the server prefix is respected', JSON.parse((await p.answer()).body).path === '/api/v1/items/');
  await p.eval(() => { document.querySelector('nav select').selectedIndex = 0; });

  // Every kind of credentials.
  const authorize = async (name, fill) => {
    await p.eval(name => { document.querySelector('dialog').open || document.querySelector('nav .bar > button').click(); for (const f of document.querySelectorAll('dialog form')) f.toggleAttribute('data-auth', f.querySelector('h4').firstChild.textContent === name); document.querySelector('[data-auth] [role=status]').textContent = ''; }, name);
    for (const [k, v] of fill) check(`${name}: fills ${k}`, await p.fill(k, v, '[data-auth]'));
    await p.press('Authorize', '[data-auth]');
    const note = await p.until(() => document.querySelector('[data-auth] [role=status]').textContent);
    await p.press('Close', 'dialog');
    return note;
  };
  const sees = async path => { await p.openOp('GET', path); const a = await p.answer(); return { ...JSON.parse(a.body || '{}'), curl: a.curl }; };
  check('nothing is sent before', !(await sees('/bearer')).headers.authorization);
  check('bearer', await authorize('Bearer', [['Token', 'tok']]) === 'Authorized.' && (await sees('/bearer')).headers.authorization === 'Bearer tok');
  check('only where it is needed', !(await sees('/big')).curl.includes('Authorization'));
  check('basic', await authorize('Basic', [['Username', 'us\u00e9r'], ['Password', 'p:w']]) === 'Authorized.' && (await sees('/basic')).headers.authorization === 'Basic ' + Buffer.from('us\u00e9r:p:w').toString('base64'));
  check('key in a header', await authorize('HeaderKey', [['Value', 'k1']]) === 'Authorized.' && (await sees('/header')).headers['x-key'] === 'k1');
  check('key in the query', await authorize('QueryKey', [['Value', 'k 2']]) === 'Authorized.' && (await sees('/query')).query === '?key=k%202');
  check('key in a cookie', await authorize('CookieKey', [['Value', 'k3']]) === 'Authorized.' && (await sees('/cookie')).headers.cookie === 'ckey=k3');
  check('the cookie is gone afterwards', await p.eval(() => document.cookie) === '');
  check('two schemes together', (h => h['x-key'] === 'k1' && h.authorization === 'Bearer tok')((await sees('/several')).headers));
  check('password flow, wrong', /400.*Incorrect username or password/.test(await authorize('Login', [['Username', 'johndoe'], ['Password', 'no']])));
  await p.eval(() => document.querySelectorAll('dialog [type=checkbox]').forEach(c => { c.checked = true; }));
  check('password flow', await authorize('Login', [['Username', 'johndoe'], ['Password', 'secret']]) === 'Authorized.' && (await sees('/login')).headers.authorization === 'Bearer token-for-me+items');
  check('other schemes take a token', await authorize('Other', [['Token', 'abc']]) === 'Authorized.' && (await sees('/other')).headers.authorization === 'Bearer abc');
  check('operations show that they are open', await p.eval(() => document.querySelectorAll('.tag.on').length) === 8);
  await p.press('Authorized (7)', 'nav');
  await p.eval(() => document.querySelectorAll('dialog form').forEach(f => [...f.querySelectorAll('button')].find(b => b.textContent === 'Log out').click()));
  await p.press('Close', 'dialog');
  check('logging out', !(await sees('/bearer')).headers.authorization && await p.eval(() => document.querySelector('nav .bar > button').textContent) === 'Authorize');

  // Filter, schemas, deep links, keyboard.
  const filter = async q => { await p.eval(q => { const e = document.querySelector('[type=search]'); e.value = q; e.dispatchEvent(new Event('input')); }, q); return p.eval(() => [...document.querySelectorAll('main > section > .op')].filter(e => e.checkVisibility()).length); };
  const counts = [await filter('read item'), await filter('ITEMS'), await filter('no such thing'), await filter('')];
  check('filter', counts[0] === 1 && counts[1] === 6 && counts[2] === 0 && counts[3] > 15, counts);
  const model = await p.eval(async () => {
    const item = [...document.querySelectorAll('.op')].find(e => !e.querySelector('.verb') && e.querySelector('.name').textContent === 'Item');
    item.open = true;
    await new Promise(done => setTimeout(done, 50));
    const inner = [...item.querySelectorAll('details')].find(d => /^parts/.test(d.textContent));
    inner.open = true;
    await new Promise(done => setTimeout(done, 50));
    return [/A thing to sell/.test(item.textContent), item.innerText.replace(/\s+/g, ' '), inner.querySelectorAll('.name').length];
  });
  check('schemas', model[0] && /price\* number . exclusiveMinimum 0/.test(model[1]) && model[2] > 5, model);
  for (const hash of ['#list_items', '#/items/list_items', '#operation/list_items', '#schema/Problem']) {
    await p.go('about:blank');
    await p.go(base + '/docs/explorer' + hash);
    await p.explorer();
    check('deep link ' + hash, await p.until(() => { const d = document.querySelector('.op[open]'); return d && d.contains(document.activeElement) && d.getBoundingClientRect().top < innerHeight && d.children.length > 1; }));
  }
  await p.go('about:blank');
  await p.go(base + '/docs/explorer');
  await p.explorer();
  await p.eval(() => document.querySelector('.op summary').focus());
  await p.key('Enter', 13, '\r');
  check('Enter opens an operation', await p.until(() => document.querySelector('.op[open] form')));
  await p.key('Tab', 9);
  check('Tab reaches its first input', await p.eval(() => document.activeElement.matches('.op[open] .row input')));
  await p.send('Input.insertText', { text: '5' });
  await p.key('Enter', 13, '\r');
  check('Enter sends', await p.until(() => /^200/.test(document.querySelector('.op[open] .out p')?.textContent)));
  check('every input has a name', await p.eval(() => [...document.querySelectorAll('input,select,textarea')].every(e => e.labels?.length || e.getAttribute('aria-label'))));
  check('the explorer asks nobody else', !outside(p).length, outside(p));
  check('explorer: no script error', !p.problems.length, p.problems);
}

// Opens everything that can be opened, a few levels deep, and gives what went wrong.
const openAll = p => p.eval(async () => {
  for (let level = 0; level < 6; level++) {
    const closed = [...document.querySelectorAll('details:not([open])')].slice(0, 400);
    if (!closed.length) break;
    for (const d of closed) d.open = true;
    await new Promise(done => setTimeout(done, 20));
  }
  for (const s of document.querySelectorAll('select[aria-label="Content type"],select[aria-label="Example"]')) for (let i = s.options.length; i--;) { s.selectedIndex = i; s.dispatchEvent(new Event('change')); }
  return [...document.querySelectorAll('.err[role=alert]')].map(e => e.textContent);
});

async function hostile(p, base) {
  await p.go(base + '/docs/explorer');
  check('hostile document: is shown', await p.explorer());
  const errors = await openAll(p);
  await p.eval(() => [...document.querySelectorAll('form')].filter(f => !f.closest('dialog')).slice(0, 6).forEach(f => f.querySelector('.go')?.click()));
  await p.eval(() => { for (const f of document.querySelectorAll('dialog form')) { f.querySelectorAll('input').forEach(i => { i.value = 'x'; }); f.querySelector('.go')?.click(); } });
  await p.eval(() => document.querySelectorAll('a').forEach(a => { if (!a.href.startsWith('http')) a.click(); }));
  await sleep(300);
  check('hostile document: nothing ran', !p.dialogs && await p.eval(() => window.hacked === undefined));
  check('hostile document: no element came from it', await p.eval(() => !document.querySelector('img,svg,iframe,main script,header script')));
  const links = await p.eval(() => [...document.querySelectorAll('a')].map(a => a.getAttribute('href')));
  check('hostile document: only safe links', links.length && links.every(l => /^(https?|mailto|blob):/.test(l)), links.filter(l => !/^(https?|mailto|blob):/.test(l)));
  check('hostile document: the rest is shown', (await p.operations()).some(([v, n]) => v === 'POST' && n === '/evil'));
  check('hostile document: what is broken says so', errors.length > 0 && errors.every(e => /^Cannot show: /.test(e)), errors);
  check('hostile document: no script error', !p.problems.filter(x => !/Content Security Policy/.test(x)).length, p.problems);
  check('hostile document: asks nobody else', !outside(p).filter(u => !u.startsWith('javascript:')).length, outside(p));
}

async function documents(p, base, names, all) {
  let operations = 0;
  for (const [i, name] of names.entries()) {
    await p.go(`${base}/_doc/${i}/docs/explorer`);
    const count = Object.values(all[i].paths || {}).flatMap(v => Object.keys(v)).filter(k => /^(get|put|post|delete|options|head|patch|trace)$/.test(k)).length;
    const shown = await p.until(url => location.href.startsWith(url) && document.querySelector('main') && document.querySelector('h1').textContent, `${base}/_doc/${i}/`);
    const errors = shown ? await openAll(p) : ['nothing is shown'];
    await p.size(390, 844);
    const narrow = await overflow(p);
    await p.size(1280, 900);
    const wide = await overflow(p), listed = (await p.operations()).length - Object.keys(all[i].webhooks || {}).length;
    operations += listed;
    check(name, !errors.length && !p.problems.length && !narrow && !wide && listed === count && !outside(p).length, { errors, problems: p.problems, narrow, wide, listed, count });
    if (options.bodies) writeFileSync(path.join(options.bodies, name), JSON.stringify(await p.eval(() => [...document.querySelectorAll('main > section > .op')].map(e => [e.querySelector('.verb')?.textContent.toLowerCase(), e.querySelector('.name').textContent, e.querySelector('textarea[aria-label="Request body"]')?.value]).filter(x => x[2] != null))));
  }
  console.log(`${names.length} documents with ${operations} operations shown`);
}

async function main() {
  const files = options.documents ? readdirSync(options.documents).filter(f => f.endsWith('.json')).sort() : [];
  const texts = files.map(f => JSON.parse(readFileSync(path.join(options.documents, f), 'utf8')));
  const base = given || `http://127.0.0.1:${await ownServer([...texts, HOSTILE])}`;
  const nowhere = browser('MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost');
  const hang = await silent(), hanging = browser(`MAP * 127.0.0.1:${hang}, EXCLUDE 127.0.0.1, EXCLUDE localhost`);

  let p;
  if (options.redoc) {
    await fallback(nowhere, base + options.redoc, 'redoc, host unknown');
    await fallback(hanging, base + options.redoc, 'redoc, host silent');
  }
  if (options.docs) {
    await fallback(hanging, base + options.docs, 'docs, host silent');
    p = await fallback(nowhere, base + options.docs, 'docs, host unknown');
    const url = await p.eval(() => performance.getEntriesByType('resource').map(e => e.name).find(n => /json/.test(n)));
    const document = await (await fetch(url)).json();
    await reader(p, base, document);
    await p.eval(() => scrollTo(0, 0));
    for (const width of [390, 1280]) {
      await p.size(width, 900);
      check(`nothing sticks out at ${width}`, !await overflow(p), await overflow(p));
    }
    if (options.screenshot) await p.picture(options.screenshot);
  }
  if (!given) {
    p = await nowhere.page();
    await details(p, base);
    await hostile(await nowhere.page(), `${base}/_doc/${texts.length}`);
    if (files.length) await documents(await nowhere.page(), base, files, texts);
    for (const name of ['docs', 'redoc']) {
      await p.go(`${base}/${name}?cdn=/works`);
      await sleep(2500);
      check(`${name}: a UI that loads stays`, await p.eval(() => /the docs UI/.test(document.body.innerText)) && !p.problems.length, p.problems);
      for (const bad of ['portal', 'gone']) {
        await p.go('about:blank');
        await p.go(`${base}/${name}?cdn=/${bad}`);
        check(`${name}: explorer when the script is ${bad}`, await p.explorer());
      }
    }
    const plain = pages({ fallback: false });
    check('without the fallback the pages have the sizes of FastAPI', plain.docs.length === 1006 && plain.redoc.length === 888 && page('oauth2-redirect.html').length === 3012, [plain.docs.length, plain.redoc.length]);
  }
}

try {
  await main();
} catch (e) {
  check('the test runs to its end', false, e.stack);
}
await Promise.all(open.map(o => o.close()));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
