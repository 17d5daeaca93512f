// @ts-check
/**
 * The guest's side of the bridge: a mini-app's page talks to its host with this, in a frame, in a WebView and in the emulator alike.
 *
 *     import { connect } from "./bridge.js";
 *     const hs = await connect({ appInfo: { name: "Đỗ xe", version: "1.4.0" } });
 *     const { token } = await hs.auth.getToken();
 *
 * Nothing ever hangs: without a host every promise is refused with -32099, and every call ends within ten seconds.
 */

import { BridgeError, CODES, fromBase64, LIMITS, METHODS, PROTOCOL, read, toBase64 } from "./wire.js";

export { BridgeError, CODES } from "./wire.js";

/** @typedef {{post: (text: string) => void, receive: (listener: (text: unknown) => void) => void, close: () => void}} Transport */
/** @typedef {{signal?: AbortSignal}} CallOptions */
/** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout>}} Waiting */

/**
 * Find the host and greet it. Rejects with -32099 where there is none, or where it does not answer within ten seconds.
 * @param {{appInfo?: object, capabilities?: object, scope?: any, timeout?: number}} [options] `scope`: the window, for tests; `timeout` in ms
 * @returns {Promise<Bridge>}
 */
export async function connect(options = {}) {
  const scope = options.scope ?? globalThis;
  const timeout = Math.min(options.timeout ?? LIMITS.callMs, LIMITS.callMs);
  const greeting = { protocolVersion: PROTOCOL, appInfo: options.appInfo ?? {}, capabilities: options.capabilities ?? {} };
  const native = nativeTransport(scope);
  if (native) {
    const bridge = new Bridge(native, timeout);
    return bridge._greeted(await bridge._send("hs/initialize", greeting));
  }
  if (!scope.parent || scope.parent === scope) throw new BridgeError(CODES.NO_HOST, "there is no host around this page");
  const { transport, told } = await framed(scope, greeting, timeout);
  return new Bridge(transport, timeout)._greeted(told);
}

/** One connection to a host. Methods stand in groups: `hs.auth.getToken()`, `hs.storage.get({keys})`. */
export class Bridge {
  /** @type {Map<string, Waiting>} */ #waiting = new Map();
  /** @type {Map<string, Set<(params: any) => void>>} */ #listeners = new Map();
  /** @type {{token: string, until: number} | null} */ #token = null;
  #next = 0;

  /** @param {Transport} transport @param {number} timeout in ms */
  constructor(transport, timeout) {
    this._transport = transport;
    this._timeout = timeout;
    /** @type {Record<string, any>} */ this.hostInfo = {};
    /** @type {Record<string, any>} */ this.hostCapabilities = {};
    /** locale, theme, safeArea, launchData, appId, gateway, startParam @type {import("./bridge.d.ts").Context} */ this.context = /** @type {any} */ ({});
    transport.receive((text) => this.#hear(text));
    for (const name of Object.keys(METHODS)) {
      const [group, verb] = name.split(".");
      /** @type {any} */ const self = this;
      self[group] ??= {};
      self[group][verb] = (/** @type {any} */ params, /** @type {CallOptions | undefined} */ options) => this.call(name, params, options);
    }
  }

  /**
   * Call a method. A method that waits for the person may take as long as the person does; as long as the host lives, so does the call.
   * Rejects with BridgeError, or with the signal's reason when it was cancelled.
   * @param {string} method @param {object} [params] @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async call(method, params = {}, options = {}) {
    let answer = await this._send(method, params, options.signal);
    while (answer && typeof answer === "object" && typeof answer.pending === "string") {
      answer = await this._send("hs/await", { id: answer.pending }, options.signal, answer.pending);
    }
    return answer;
  }

  /**
   * Hear what the host tells: `suspended` {reason}, `context` {locale?, theme?}, `back`, `hidden`, `shown`.
   * @param {string} event @param {(params: any) => void} listener
   * @returns {() => void} stops listening
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * Call this app's own backend through the gateway, as the person. `path` begins with `/`; a token is kept until it nears its end.
   * @param {string} path @param {RequestInit} [init]
   * @returns {Promise<Response>}
   */
  async fetch(path, init = {}) {
    if (!this.#token || Date.now() > this.#token.until) {
      const fresh = await this.call("auth.getToken");
      this.#token = { token: fresh.token, until: Date.now() + (fresh.expiresIn - 20) * 1000 };
    }
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${this.#token.token}`);
    const response = await fetch(this.context.gateway + path, { ...init, headers, credentials: "omit" });
    if (response.status === 401) this.#token = null;
    return response;
  }

  /**
   * Let the person choose files, or take a picture; each comes with its `blob`.
   * @param {{kind?: "photo" | "video" | "file", count?: number, camera?: boolean}} [params] @param {CallOptions} [options]
   * @returns {Promise<{files: {name: string, type: string, size: number, blob: Blob}[]}>}
   */
  async pick(params = {}, options = {}) {
    const { files } = await this.call("media.pick", params, options);
    for (const one of files) {
      const parts = [];
      for (let at = 0; at < one.size; at += LIMITS.chunk) {
        parts.push(fromBase64((await this.#patient("hs/read", { handle: one.handle, offset: at }, options.signal)).data));
      }
      one.blob = new Blob(parts, { type: one.type });
    }
    return { files };
  }

  /**
   * Save a file to the person's device.
   * @param {string} name @param {Blob} blob @param {CallOptions} [options]
   * @returns {Promise<{saved: boolean}>}
   */
  async save(name, blob, options = {}) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let handle = "";
    for (let at = 0; at === 0 || at < bytes.length; at += LIMITS.chunk) {
      const data = toBase64(bytes.subarray(at, at + LIMITS.chunk));
      handle = (await this.#patient("hs/write", { handle, data, type: blob.type }, options.signal)).handle;
    }
    return this.call("media.save", { name, handle }, options);
  }

  /** A call that waits its turn where the host says there were too many. @param {string} method @param {object} params @param {AbortSignal} [signal] */
  async #patient(method, params, signal) {
    for (;;) {
      try {
        return await this._send(method, params, signal);
      } catch (error) {
        if (!(error instanceof BridgeError) || error.code !== CODES.RATE) throw error;
        await new Promise((resolve) => { setTimeout(resolve, 250); });
      }
    }
  }

  /** End the connection; whatever waits is refused with -32099. */
  close() {
    this._transport.close();
    for (const id of [...this.#waiting.keys()]) this.#refuse(id, new BridgeError(CODES.NO_HOST, "the bridge was closed"));
  }

  /** @param {any} told */
  _greeted(told) {
    this.hostInfo = told.hostInfo ?? {};
    this.hostCapabilities = told.hostCapabilities ?? {};
    this.context = told.context ?? {};
    this.#post({ jsonrpc: "2.0", method: "hs/initialized", params: {} });
    return this;
  }

  /**
   * @param {string} method @param {object} params @param {AbortSignal} [signal] @param {string} [cancels] the id of the call that ends with this one
   * @returns {Promise<any>}
   */
  _send(method, params, signal, cancels) {
    if (signal?.aborted) {
      if (cancels) this.#post({ jsonrpc: "2.0", method: "$/cancel", params: { id: cancels } });
      return Promise.reject(signal.reason);
    }
    const id = String(++this.#next);
    return new Promise((resolve, reject) => {
      const gone = () => this.#refuse(id, new BridgeError(CODES.NO_HOST, "the host does not answer"));
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(gone, this._timeout) });
      signal?.addEventListener("abort", () => {
        if (!this.#waiting.has(id)) return;
        this.#post({ jsonrpc: "2.0", method: "$/cancel", params: { id: cancels ?? id } });
        this.#refuse(id, signal.reason);
      }, { once: true });
      this.#post({ jsonrpc: "2.0", id, method, params });
    });
  }

  /** @param {object} message */
  #post(message) {
    this._transport.post(JSON.stringify(message));
  }

  /** @param {string} id @param {Error} error */
  #refuse(id, error) {
    const one = this.#waiting.get(id);
    if (!one) return;
    this.#waiting.delete(id);
    clearTimeout(one.timer);
    one.reject(error);
  }

  /** @param {unknown} text */
  #hear(text) {
    let message;
    try {
      message = read(text);
    } catch {
      return;
    }
    if (message.method) {
      for (const listener of this.#listeners.get(message.method.replace(/^hs\//, "")) ?? []) listener(message.params ?? {});
      return;
    }
    const one = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (!one || message.id === undefined) return;
    if (message.error) {
      this.#refuse(message.id, new BridgeError(message.error.code, message.error.message, message.error.data));
      return;
    }
    this.#waiting.delete(message.id);
    clearTimeout(one.timer);
    one.resolve(message.result);
  }
}

/**
 * A WebView's own channel: `window.HanoiSmart` (Android) or `webkit.messageHandlers.hs` (iOS, which answers by `window.hsReceive`).
 * @param {any} scope @returns {Transport | null}
 */
function nativeTransport(scope) {
  const android = scope.HanoiSmart;
  if (android && typeof android.postMessage === "function") {
    return {
      post: (text) => android.postMessage(text),
      receive: (listener) => { android.onmessage = (/** @type {any} */ event) => listener(event?.data ?? event); },
      close: () => { android.onmessage = null; },
    };
  }
  const apple = scope.webkit?.messageHandlers?.hs;
  if (!apple) return null;
  return {
    post: (text) => apple.postMessage(text),
    receive: (listener) => { scope.hsReceive = listener; },
    close: () => { delete scope.hsReceive; },
  };
}

/**
 * The one message to the parent window, and the port that comes back. What is sent holds no secret, and the page's `frame-ancestors`
 * lets no stranger be its parent.
 * @param {any} scope @param {object} greeting @param {number} timeout in ms
 * @returns {Promise<{transport: Transport, told: any}>}
 */
function framed(scope, greeting, timeout) {
  return new Promise((resolve, reject) => {
    const end = (/** @type {() => void} */ then) => {
      clearTimeout(timer);
      scope.removeEventListener("message", hear);
      then();
    };
    const refuse = (/** @type {BridgeError} */ error) => end(() => reject(error));
    const timer = setTimeout(() => refuse(new BridgeError(CODES.NO_HOST, "no host answered")), timeout);
    const hear = (/** @type {MessageEvent} */ event) => {
      if (event.source !== scope.parent) return;
      let message;
      try {
        message = read(event.data);
      } catch {
        return;
      }
      if (message.id !== "0") return;
      if (message.error) refuse(new BridgeError(message.error.code, message.error.message, message.error.data));
      else if (event.ports.length === 1) end(() => resolve({ transport: ported(event.ports[0]), told: message.result }));
    };
    scope.addEventListener("message", hear);
    scope.parent.postMessage(JSON.stringify({ jsonrpc: "2.0", id: "0", method: "hs/initialize", params: greeting }), "*");
  });
}

/** @param {MessagePort} port @returns {Transport} */
function ported(port) {
  return {
    post: (text) => port.postMessage(text),
    receive: (listener) => { port.onmessage = (event) => listener(event.data); },
    close: () => port.close(),
  };
}
