// @ts-check
/**
 * What both ends of the bridge agree on: protocol, limits, error codes, the methods and their guards. See docs/mini-apps/bridge.md.
 */

export const PROTOCOL = "1";
export const LIMITS = Object.freeze({ bytes: 65536, callsPerSecond: 20, callMs: 10000, answerMs: 8000, id: 64, chunk: 45000, fileBytes: 20 * 1024 * 1024 });

export const CODES = Object.freeze({
  PARSE: -32700,
  INVALID: -32600,
  NO_METHOD: -32601,
  PARAMS: -32602,
  INTERNAL: -32603,
  DENIED: -32001,
  NEEDS_CONSENT: -32002,
  NOT_IN_MANIFEST: -32003,
  RATE: -32050,
  SUSPENDED: -32051,
  NO_HOST: -32099,
});

/**
 * One method. `params`: name → type, with `?` where it may be missing. `permissions`: one of them stands in the manifest. `scope`: asked
 * by the manifest and agreed to. `gesture`: the person has just acted in the page. `sheet`: the host asks the person, so that the answer
 * may be `{pending}` first.
 * @typedef {{params?: Record<string, string>, permissions?: string[], scope?: string, gesture?: boolean, sheet?: boolean, payments?: boolean}} Method
 */

/** @type {Readonly<Record<string, Method>>} */
export const METHODS = Object.freeze({
  "auth.getToken": { params: { scopes: "list?" } },
  "auth.getUser": {},
  "auth.requestScopes": { params: { scopes: "list" }, sheet: true },
  "user.getPhoneCode": { scope: "phone", gesture: true, sheet: true },
  "geo.get": { permissions: ["location.fine", "location.coarse"], params: { precise: "boolean?" }, sheet: true },
  "scan.qr": { permissions: ["scan.qr"], gesture: true, sheet: true },
  "media.pick": { permissions: ["media.pick"], params: { kind: "string?", count: "number?", camera: "boolean?" }, sheet: true },
  "media.save": { permissions: ["media.save"], params: { name: "string", handle: "string?", url: "string?" }, sheet: true },
  "pay.create": {
    payments: true,
    params: { intent: "string?", amount: "number?", description: "object?", reference: "string?" },
    gesture: true,
    sheet: true,
  },
  "pay.status": { payments: true, params: { intent: "string" } },
  "share.open": { params: { kind: "string?", text: "string?", url: "string?", page: "string?" }, sheet: true },
  "app.shortcut": { sheet: true },
  "app.rate": { sheet: true },
  "oa.follow": { params: { id: "string?" }, sheet: true },
  "chat.open": { params: { id: "string?", message: "string?" }, sheet: true },
  "notify.request": { params: { templates: "list" }, sheet: true },
  "nav.open": { params: { page: "string?", url: "string?", query: "string?" }, sheet: true },
  "nav.close": {},
  "nav.title": { params: { title: "string?", color: "string?", back: "boolean?" } },
  "nav.miniApp": { params: { appId: "string", page: "string?", query: "string?" }, sheet: true },
  "storage.get": { params: { keys: "list" } },
  "storage.set": { params: { entries: "object" } },
  "storage.remove": { params: { keys: "list" } },
  "storage.info": {},
  "ui.toast": { params: { text: "string" } },
  "sys.info": {},
  "sys.canIUse": { params: { method: "string" } },
});

/** A refusal as it crosses the bridge. */
export class BridgeError extends Error {
  /**
   * @param {number} code one of CODES
   * @param {string} message for developers, in English
   * @param {unknown} [data] for example `{scope}` with NEEDS_CONSENT, `{reason: {vi, en}}` with SUSPENDED
   */
  constructor(code, message, data) {
    super(message);
    this.name = "BridgeError";
    this.code = code;
    this.data = data;
  }
}

/** @param {Uint8Array} bytes @returns {string} */
export function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** Throws where it is no base64. @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

/** @param {string} text @returns {number} its length in UTF-8 bytes */
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

/**
 * A message as an object. Throws BridgeError PARSE or INVALID: too long, no JSON, a batch, NUL in a text, no JSON-RPC 2.0.
 * @param {unknown} text
 * @returns {{jsonrpc: "2.0", id?: string, method?: string, params?: any, result?: any, error?: any}}
 */
export function read(text) {
  if (typeof text !== "string") throw new BridgeError(CODES.INVALID, "messages are JSON text");
  if (text.length > LIMITS.bytes || bytesOf(text) > LIMITS.bytes) throw new BridgeError(CODES.INVALID, `a message has at most ${LIMITS.bytes} bytes`);
  let nul = false;
  let value;
  try {
    value = JSON.parse(text, (key, one) => {
      nul ||= key.includes("\0") || (typeof one === "string" && one.includes("\0"));
      return one;
    });
  } catch {
    throw new BridgeError(CODES.PARSE, "no JSON");
  }
  if (nul) throw new BridgeError(CODES.INVALID, "NUL has no place in a message");
  if (Array.isArray(value)) throw new BridgeError(CODES.INVALID, "batches are refused");
  if (value === null || typeof value !== "object" || value.jsonrpc !== "2.0") throw new BridgeError(CODES.INVALID, "JSON-RPC 2.0 only");
  if ("id" in value && (typeof value.id !== "string" || !value.id || value.id.length > LIMITS.id)) {
    throw new BridgeError(CODES.INVALID, "an id is a text of 1 to 64 characters");
  }
  return value;
}

/**
 * What is wrong with the parameters of a call, or null.
 * @param {Method} method @param {any} params
 * @returns {string | null}
 */
export function wrongParams(method, params) {
  const known = method.params ?? {};
  if (params === null || typeof params !== "object" || Array.isArray(params)) return "params are an object";
  for (const name of Object.keys(params)) if (!Object.hasOwn(known, name)) return `no parameter ${name}`;
  for (const [name, rule] of Object.entries(known)) {
    const value = params[name];
    const optional = rule.endsWith("?");
    if (value === undefined || value === null) {
      if (!optional) return `${name} is missing`;
    } else if (!fits(value, optional ? rule.slice(0, -1) : rule)) return `${name} is no ${rule}`;
  }
  return null;
}

/** @param {any} value @param {string} type */
function fits(value, type) {
  if (type === "list") return Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every((one) => typeof one === "string");
  if (type === "object") return typeof value === "object" && !Array.isArray(value);
  if (type === "number") return Number.isFinite(value);
  return typeof value === type;
}
