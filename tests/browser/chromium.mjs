// Headless Chromium without network, driven over its debugging pipe. Needs nothing but node 18+ and Chromium.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const sleep = ms => new Promise(done => setTimeout(done, ms));

// One browser. chromium: the program's path; resolver: of --host-resolver-rules; kind: the class of its pages.
export class Browser {
  constructor(chromium, resolver, kind = Page) {
    this.kind = kind;
    this.dir = mkdtempSync(path.join(tmpdir(), 'chromium-test-'));
    this.child = spawn(chromium, [
      '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--no-proxy-server', '--force-color-profile=srgb', `--user-data-dir=${this.dir}`, `--host-resolver-rules=${resolver}`,
      '--remote-debugging-pipe', 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.waiting = new Map();
    this.pages = new Map();
    this.serial = 0;
    let rest = Buffer.alloc(0);
    this.child.stdio[4].on('data', data => {
      rest = Buffer.concat([rest, data]);
      for (let at; (at = rest.indexOf(0)) >= 0; rest = rest.subarray(at + 1)) this.take(JSON.parse(rest.subarray(0, at)));
    });
    this.child.stdio[3].on('error', () => {});
  }
  take(message) {
    if (message.id) {
      const [good, bad] = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      message.error ? bad(Error(message.error.message)) : good(message.result);
    } else this.pages.get(message.sessionId)?.event(message.method, message.params);
  }
  send(method, params = {}, sessionId) {
    const id = ++this.serial;
    return new Promise((good, bad) => {
      this.waiting.set(id, [good, bad]);
      this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    });
  }
  async page() {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new this.kind(this, sessionId);
    page.target = targetId;
    this.pages.set(sessionId, page);
    for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'DOM']) await page.send(domain + '.enable');
    await page.size(1280, 900);
    return page;
  }
  async close() {
    const gone = new Promise(done => this.child.once('exit', done));
    await Promise.race([this.send('Browser.close').catch(() => {}), sleep(2000)]);
    if (await Promise.race([gone, sleep(5000).then(() => 'late')]) === 'late') this.child.kill('SIGKILL');
    await sleep(100);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}

export class Page {
  constructor(browser, session) {
    Object.assign(this, { browser, session, problems: [], requests: [], extra: new Map(), dialogs: 0 });
  }
  send(method, params) { return this.browser.send(method, params, this.session); }
  event(method, p) {
    if (method === 'Runtime.exceptionThrown') this.problems.push(p.exceptionDetails.exception?.description || p.exceptionDetails.text);
    if (method === 'Log.entryAdded' && p.entry.source === 'security') this.problems.push(p.entry.text);
    if (method === 'Network.requestWillBeSent') this.requests.push(p);
    if (method === 'Network.requestWillBeSentExtraInfo') this.extra.set(p.requestId, p.headers);
    if (method === 'Page.javascriptDialogOpening') { this.dialogs++; this.send('Page.handleJavaScriptDialog', { accept: true }); }
  }
  size(width, height) { return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false }); }
  scheme(value) { return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] }); }
  // Starts the navigation; a page whose scripts hang never finishes loading, so do not wait for it.
  async go(url) {
    this.problems = [];
    this.requests = [];
    this.send('Page.navigate', { url }).catch(() => {});
    await sleep(50);
  }
  close() { return this.browser.send('Target.closeTarget', { targetId: this.target }); }
  async eval(fn, ...args) {
    const r = await this.send('Runtime.evaluate', { expression: `(${fn})(...${JSON.stringify(args)})`, awaitPromise: true, returnByValue: true, userGesture: true });
    if (r.exceptionDetails) throw Error(r.exceptionDetails.exception?.description || r.exceptionDetails.text);
    return r.result.value;
  }
  async until(fn, ...args) {
    for (const end = Date.now() + 10000; ;) {
      const value = await this.eval(fn, ...args).catch(() => undefined); // between two pages there is nothing to ask
      if (value) return value;
      if (Date.now() > end) return undefined;
      await sleep(30);
    }
  }
  key(key, code, text) {
    return this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, windowsVirtualKeyCode: code, text })
      .then(() => this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code }));
  }
  async picture(file, whole = false) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }
}
