// @ts-check
/** Files that cross the bridge in pieces, because no message is larger than 64 KB. A handle counts only for the guest it was given to. */

import { BridgeError, CODES, fromBase64, toBase64 } from "./wire.js";

export class FileShelf {
  /** @type {Map<string, {type: string, bytes: Uint8Array<ArrayBuffer>}>} */ #held = new Map();

  /** @param {{chunk: number, fileBytes: number}} limits in bytes; `fileBytes` for all files together */
  constructor(limits) {
    this.limits = limits;
  }

  /** What the guest may read by its handle. @param {Blob} blob @returns {Promise<string>} */
  async put(blob) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    this.#room(bytes.length);
    const handle = crypto.randomUUID();
    this.#held.set(handle, { type: blob.type, bytes });
    return handle;
  }

  /** What the guest wrote; it is gone from here then. @param {string} handle @returns {Blob} */
  take(handle) {
    const one = this.#one(handle);
    this.#held.delete(handle);
    return new Blob([one.bytes], { type: one.type });
  }

  /** One piece; the last one takes the file away. @param {any} params @returns {{data: string, end: boolean}} */
  read(params) {
    const { handle, offset } = params ?? {};
    const one = this.#one(handle);
    if (!Number.isInteger(offset) || offset < 0) throw new BridgeError(CODES.PARAMS, "offset is a whole number");
    const data = toBase64(one.bytes.subarray(offset, offset + this.limits.chunk));
    const end = offset + this.limits.chunk >= one.bytes.length;
    if (end) this.#held.delete(handle);
    return { data, end };
  }

  /** Another piece of a file, or with an empty handle the first one. @param {any} params @returns {{handle: string, size: number}} */
  write(params) {
    const { handle, data, type } = params ?? {};
    if (typeof data !== "string") throw new BridgeError(CODES.PARAMS, "data is base64");
    let piece;
    try {
      piece = fromBase64(data);
    } catch {
      throw new BridgeError(CODES.PARAMS, "data is base64");
    }
    this.#room(piece.length);
    const name = handle || crypto.randomUUID();
    const before = handle ? this.#one(handle) : { type: typeof type === "string" ? type.slice(0, 100) : "", bytes: new Uint8Array() };
    const bytes = new Uint8Array(before.bytes.length + piece.length);
    bytes.set(before.bytes);
    bytes.set(piece, before.bytes.length);
    this.#held.set(name, { type: before.type, bytes });
    return { handle: name, size: bytes.length };
  }

  clear() {
    this.#held.clear();
  }

  /** @param {unknown} handle */
  #one(handle) {
    const one = typeof handle === "string" ? this.#held.get(handle) : undefined;
    if (!one) throw new BridgeError(CODES.PARAMS, "no such handle");
    return one;
  }

  /** @param {number} more in bytes */
  #room(more) {
    const all = [...this.#held.values()].reduce((sum, one) => sum + one.bytes.length, more);
    if (all > this.limits.fileBytes) throw new BridgeError(CODES.DENIED, "the files are too large", { reason: "too_large", limit: this.limits.fileBytes });
  }
}
