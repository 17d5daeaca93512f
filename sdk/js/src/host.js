// @ts-check
/**
 * The host's side of the bridge, for every host that is a web page: the shell and the emulator. It lets in one guest, from one frame and
 * one origin, holds it to its manifest, its person's consent and the limits, and calls the handlers the host gives.
 *
 *     const host = createHost({ frame, origin, manifest, context, handlers });
 *     frame.src = address;
 *     await host.ready;
 */

import { FileShelf } from "./files.js";
import { BridgeError, bytesOf, CODES, LIMITS, METHODS, PROTOCOL, read, wrongParams } from "./wire.js";

export { BridgeError, CODES, LIMITS, METHODS } from "./wire.js";

/**
 * What a handler is told beside its parameters. Throw a BridgeError to refuse; anything else becomes -32603 and stays on this side.
 * `files` holds what is too large for one message: `put(blob)` gives the guest a handle, `take(handle)` is what the guest wrote.
 * @typedef {{signal: AbortSignal, method: string, gesture: boolean, files: FileShelf}} Call
 * @typedef {(params: any, call: Call) => any} Handler
 */

/**
 * @typedef {object} HostOptions
 * @property {HTMLIFrameElement} frame empty still: set `src` after this call
 * @property {string} origin the only origin that is heard; "null" where the frame's is opaque
 * @property {any} manifest the manifest of the version that runs
 * @property {Record<string, any>} context what the guest is told at the start: locale, theme, safeArea, launchData, …
 * @property {Record<string, Handler>} handlers by method
 * @property {Iterable<string>} [granted] scopes the person agreed to
 * @property {Partial<typeof LIMITS>} [limits]
 * @property {Record<string, any>} [hostInfo]
 * @property {() => boolean} [gesture] whether the person has just acted in the frame
 * @property {Window} [scope] the window that hears messages
 * @property {(error: unknown, method: string) => void} [onError] hears what handlers fail with
 * @property {(error: BridgeError, method: string) => void} [onRefused] hears what the guest is refused
 */

/** @param {HostOptions} options */
export function createHost(options) {
  return new Host(options);
}

export class Host {
  /** @type {MessagePort | null} */ #port = null;
  /** @type {Map<string, AbortController>} */ #running = new Map();
  /** @type {Map<string, Promise<any>>} */ #slow = new Map();
  /** @type {number[]} */ #times = [];
  /** @type {{reason: any} | null} */ #suspended = null;
  /** @type {Map<string, any>} */ #stopped = new Map();
  /** @type {MessageEvent | null} */ #parked = null;
  #greeted = false;
  #loads = 0;
  #closed = false;

  /** @param {HostOptions} options */
  constructor(options) {
    this.options = options;
    this.limits = { ...LIMITS, ...options.limits };
    this.granted = new Set(options.granted ?? []);
    this.scope = options.scope ?? window;
    this.files = new FileShelf(this.limits);
    this.ready = new Promise((resolve) => { this._resolveReady = resolve; });
    this._hear = (/** @type {MessageEvent} */ event) => this.#greeting(event);
    this._loaded = () => this.#reloaded();
    this.scope.addEventListener("message", this._hear);
    options.frame.addEventListener("load", this._loaded);
  }

  /** Tell the guest something: `context`, `back`, `hidden`, `shown`. @param {string} event @param {object} [params] */
  notify(event, params = {}) {
    this.#post({ jsonrpc: "2.0", method: `hs/${event}`, params });
  }

  /** The app was stopped: from now on every call is refused with -32051. @param {{vi: string, en: string}} reason */
  suspend(reason) {
    this.#suspended = { reason };
    for (const running of this.#running.values()) running.abort();
    this.notify("suspended", { reason });
  }

  /** Methods that were stopped for this app, with their reasons; it replaces the list before. @param {Record<string, {vi: string, en: string}>} methods */
  stop(methods) {
    this.#stopped = new Map(Object.entries(methods));
  }

  /** The scopes the person agrees to now. @param {Iterable<string>} scopes */
  grant(scopes) {
    this.granted = new Set(scopes);
  }

  /** Hear nothing any more. */
  close() {
    this.#closed = true;
    this.scope.removeEventListener("message", this._hear);
    this.options.frame.removeEventListener("load", this._loaded);
    this.#drop();
  }

  #drop() {
    for (const running of this.#running.values()) running.abort();
    this.#running.clear();
    this.#slow.clear();
    this.files.clear();
    this.#port?.close();
    this.#port = null;
    this.#greeted = false;
  }

  /** One greeting per document: a second one waits for the frame to load anew, and without that is never answered. @param {MessageEvent} event */
  #greeting(event) {
    const { frame, origin } = this.options;
    if (event.source === null || event.source !== frame.contentWindow || event.origin !== origin) return;
    if (this.#port) {
      this.#parked = event;
      return;
    }
    this.#welcome(event);
  }

  #reloaded() {
    this.#loads += 1;
    const parked = this.#parked;
    this.#parked = null;
    if (this.#loads === 1) return;
    if (parked || this.#port) this.#drop();
    if (parked) this.#welcome(parked);
  }

  /** @param {MessageEvent} event */
  #welcome(event) {
    let message;
    try {
      message = read(event.data);
    } catch {
      return;
    }
    if (message.method !== "hs/initialize" || message.id === undefined) return;
    const source = /** @type {Window} */ (event.source);
    const target = this.options.origin === "null" ? "*" : this.options.origin;
    const asked = message.params?.protocolVersion;
    if (asked !== PROTOCOL) {
      const error = { code: CODES.PARAMS, message: `this host speaks protocol ${PROTOCOL}`, data: { protocolVersion: PROTOCOL } };
      source.postMessage(JSON.stringify({ jsonrpc: "2.0", id: message.id, error }), target);
      return;
    }
    const channel = new MessageChannel();
    this.#port = channel.port1;
    this.#port.onmessage = (heard) => { void this.#message(heard.data); };
    const result = {
      protocolVersion: PROTOCOL,
      hostInfo: this.options.hostInfo ?? { name: "HanoiSmart", kind: "web" },
      hostCapabilities: { methods: this.methods(), limits: { bytes: this.limits.bytes, callsPerSecond: this.limits.callsPerSecond } },
      context: this.options.context,
    };
    source.postMessage(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }), target, [channel.port2]);
  }

  /** The methods this app could call here: known to the host, and in its manifest. */
  methods() {
    return Object.keys(METHODS).filter((name) => this.#known(name) && this.#missing(name) === null);
  }

  /** @param {string} name */
  #known(name) {
    return Object.hasOwn(METHODS, name) && (name === "sys.canIUse" || typeof this.options.handlers[name] === "function");
  }

  /** What a method needs of the manifest and does not find there. @param {string} name @returns {string | null} */
  #missing(name) {
    const { permissions, scope, payments } = METHODS[name];
    const manifest = this.options.manifest;
    const asked = (manifest.req_permissions ?? []).map((/** @type {any} */ one) => one.name);
    const scopes = (manifest.hs?.scopes ?? []).map((/** @type {any} */ one) => one.scope);
    if (permissions && !permissions.some((one) => asked.includes(one))) return permissions.join(", ");
    if (scope && !scopes.includes(scope)) return scope;
    if (payments && manifest.hs?.payments?.enabled !== true) return "hs.payments.enabled";
    return null;
  }

  /** @param {unknown} text */
  async #message(text) {
    if (this.#closed) return;
    const flooded = this.#flooded();
    let message;
    try {
      message = read(text);
    } catch (refused) {
      if (!flooded) this.#refuse(null, refused, "");
      return;
    }
    if (message.method === undefined) return;
    if (message.id === undefined) {
      if (message.method === "hs/initialized") this.#initialised();
      if (message.method === "$/cancel" && !flooded) this.#running.get(String(message.params?.id))?.abort();
      return;
    }
    try {
      if (flooded) throw new BridgeError(CODES.RATE, `at most ${this.limits.callsPerSecond} calls a second`, { retryAfterMs: 1000 });
      if (!this.#greeted) throw new BridgeError(CODES.INVALID, "hs/initialized comes first");
      this.#post({ jsonrpc: "2.0", id: message.id, result: (await this.#answer(message.id, message.method, message.params ?? {})) ?? null });
    } catch (refused) {
      this.#refuse(message.id, refused, message.method);
    }
  }

  #initialised() {
    if (this.#greeted) return;
    this.#greeted = true;
    this._resolveReady?.(this);
  }

  /** Whether this message is one too many within a second. */
  #flooded() {
    const now = performance.now();
    while (this.#times.length && now - this.#times[0] >= 1000) this.#times.shift();
    if (this.#times.length >= this.limits.callsPerSecond) return true;
    this.#times.push(now);
    return false;
  }

  /** @param {string} id @param {string} method @param {any} params */
  async #answer(id, method, params) {
    if (this.#suspended) throw new BridgeError(CODES.SUSPENDED, "the app was stopped", this.#suspended);
    if (method === "hs/await") return this.#waited(String(params?.id));
    if (method === "hs/read") return this.files.read(params);
    if (method === "hs/write") return this.files.write(params);
    if (!this.#known(method)) throw new BridgeError(CODES.NO_METHOD, `no method ${method}`);
    const gesture = this.#admit(method, params);
    if (method === "sys.canIUse") return { usable: this.#known(params.method) && this.#missing(params.method) === null };
    if (this.#slow.size >= 50) throw new BridgeError(CODES.RATE, "too many calls wait for their answer");
    if (this.#running.has(id)) throw new BridgeError(CODES.INVALID, "this id is in use");
    const running = new AbortController();
    this.#running.set(id, running);
    const work = Promise.resolve(null).then(() => this.options.handlers[method](params, { signal: running.signal, method, gesture, files: this.files }));
    const ended = work.finally(() => { if (this.#running.get(id) === running) this.#running.delete(id); });
    this.#slow.set(id, this.#unless(running.signal, ended));
    return this.#waited(id, !METHODS[method].sheet);
  }

  /** Everything a call must meet before its handler runs; whether the person has just acted. @param {string} method @param {any} params */
  #admit(method, params) {
    const rule = METHODS[method];
    const missing = this.#missing(method);
    if (missing !== null) throw new BridgeError(CODES.NOT_IN_MANIFEST, `the manifest does not ask for ${missing}`, { missing });
    if (this.#stopped.has(method)) throw new BridgeError(CODES.SUSPENDED, "this method was stopped", { reason: this.#stopped.get(method) });
    const wrong = wrongParams(rule, params);
    if (wrong !== null) throw new BridgeError(CODES.PARAMS, wrong);
    if (rule.scope && !this.granted.has(rule.scope)) throw new BridgeError(CODES.NEEDS_CONSENT, "the person has not agreed", { scope: rule.scope });
    const gesture = (this.options.gesture ?? (() => justActed(this.options.frame)))();
    if (rule.gesture && !gesture) throw new BridgeError(CODES.DENIED, "only right after the person acted in the page", { reason: "gesture" });
    return gesture;
  }

  /** The outcome of a call, or `{pending}` where the person has not decided yet. @param {string} id @param {boolean} [quick] */
  async #waited(id, quick = false) {
    const slow = this.#slow.get(id);
    if (!slow) throw new BridgeError(CODES.PARAMS, "nothing of this id is waiting");
    const { promise, cancel } = after(this.limits.answerMs, { pending: id });
    try {
      const answer = await Promise.race([slow, promise]);
      if (answer?.pending !== id) {
        this.#slow.delete(id);
        return answer;
      }
    } catch (refused) {
      this.#slow.delete(id);
      throw refused;
    } finally {
      cancel();
    }
    if (!quick) return { pending: id };
    this.#running.get(id)?.abort();
    this.#slow.delete(id);
    throw new BridgeError(CODES.INTERNAL, "the host took too long");
  }

  /** @param {AbortSignal} signal @param {Promise<any>} work */
  #unless(signal, work) {
    const promise = new Promise((resolve, reject) => {
      work.then(resolve, reject);
      signal.addEventListener("abort", () => {
        const stopped = this.#suspended;
        reject(stopped ? new BridgeError(CODES.SUSPENDED, "the app was stopped", stopped) : new BridgeError(CODES.DENIED, "cancelled", { reason: "cancelled" }));
      });
    });
    promise.catch(() => undefined); // an outcome nobody waits for any more is no failure of the page
    return promise;
  }

  /** @param {string | null} id @param {unknown} error @param {string} method */
  #refuse(id, error, method) {
    if (!(error instanceof BridgeError)) this.options.onError?.(error, method);
    const told = error instanceof BridgeError ? error : new BridgeError(CODES.INTERNAL, "the host failed");
    this.options.onRefused?.(told, method);
    this.#post({ jsonrpc: "2.0", id, error: { code: told.code, message: told.message, ...(told.data === undefined ? {} : { data: told.data }) } });
  }

  /** @param {{id?: string | null, [name: string]: any}} message */
  #post(message) {
    const text = JSON.stringify(message);
    if (bytesOf(text) <= this.limits.bytes) this.#port?.postMessage(text);
    else this.#port?.postMessage(JSON.stringify({ jsonrpc: "2.0", id: message.id ?? null, error: { code: CODES.INTERNAL, message: "the answer is too large" } }));
  }
}

/**
 * Whether the person has acted within the last seconds, in this frame: a click there activates the windows around it, and moves the focus.
 * @param {HTMLIFrameElement} frame
 */
export function justActed(frame) {
  const view = frame.ownerDocument.defaultView;
  return view?.navigator.userActivation?.isActive === true && frame.ownerDocument.activeElement === frame;
}

/** @param {number} ms @param {any} value */
function after(ms, value) {
  /** @type {ReturnType<typeof setTimeout>} */ let timer;
  const promise = new Promise((resolve) => { timer = setTimeout(() => resolve(value), ms); });
  return { promise, cancel: () => clearTimeout(timer) };
}
