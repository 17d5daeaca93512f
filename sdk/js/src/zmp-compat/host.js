// @ts-check
/** The one connection behind every function of this package, and how a refusal of ours reads in its terms. */

import { BridgeError, CODES, connect } from "../bridge.js";

/** What a function of this package rejects with. */
export class AppError extends Error {
  /** @param {number} code @param {string | string[]} message @param {string | symbol} [api] @param {any} [detail] */
  constructor(code, message, api, detail) {
    super(String(message));
    this.name = "AppError";
    this.code = code;
    this.api = api;
    this.detail = detail;
  }

  toString() {
    return `${this.code}: ${this.message}`;
  }

  toJSON() {
    return { code: this.code, message: this.message, api: String(this.api ?? ""), detail: this.detail };
  }
}

export const UNSUPPORTED = -1404;
const CANCELLED = -2003;
/** @type {Readonly<Record<number, number>>} */
const MEANING = Object.freeze({
  [CODES.DENIED]: -2002,
  [CODES.NEEDS_CONSENT]: -1401,
  [CODES.NOT_IN_MANIFEST]: -1403,
  [CODES.SUSPENDED]: -1403,
  [CODES.RATE]: -1409,
  [CODES.NO_HOST]: -1408,
  [CODES.NO_METHOD]: UNSUPPORTED,
  [CODES.PARAMS]: -1400,
  [CODES.INTERNAL]: -1500,
});

/** @type {Promise<import("../bridge.js").Bridge> | null} */ let connecting = null;
/** The connection once it stands, for what must answer at once. @type {import("../bridge.js").Bridge | null} */
export let bridge = null;

/** The connection, made at the first call. */
export function host() {
  connecting ??= connect({ appInfo: { sdk: "zmp-compat", appId: /** @type {any} */ (globalThis).APP_ID ?? "" } }).then((made) => (bridge = made));
  return connecting;
}

/** @param {unknown} error @param {string} name @returns {AppError} */
export function translated(error, name) {
  if (error instanceof AppError) return error;
  if (!(error instanceof BridgeError)) return new AppError(-1500, error instanceof Error ? error.message : "failed", name);
  const data = /** @type {any} */ (error.data);
  if (data?.reason === "cancelled") return new AppError(CANCELLED, "cancelled", name, data);
  if (error.code === CODES.DENIED && name === "getUserInfo") return new AppError(-1401, error.message, name, data);
  return new AppError(MEANING[error.code] ?? -1500, error.message, name, data);
}

/**
 * A function as the package publishes it: takes `{…args, success?, fail?}`, calls back where asked, and always gives a promise that ends.
 * @template R
 * @param {string} name @param {(args: any, hs: import("../bridge.js").Bridge) => R | Promise<R>} work
 * @returns {(args?: any) => Promise<R>}
 */
export function api(name, work) {
  return async (args = {}) => {
    try {
      const result = await work(args ?? {}, await host());
      args?.success?.(result);
      return result;
    } catch (error) {
      const told = translated(error, name);
      args?.fail?.(told);
      throw told;
    }
  };
}

/** A name of the public API that has no counterpart here: it is refused at once, never left hanging. @param {string} name */
export function unsupported(name) {
  return (/** @type {any} */ args = {}) => {
    const told = new AppError(UNSUPPORTED, `${name} is not available in this app`, name);
    args?.fail?.(told);
    const refused = Promise.reject(told);
    if (args?.fail) refused.catch(() => undefined);
    return refused;
  };
}
