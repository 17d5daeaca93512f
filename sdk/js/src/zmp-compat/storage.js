// @ts-check
/** What the app keeps: by the person through the host, and on this device for what must answer at once. */

import { api, AppError } from "./host.js";

export const setStorage = api("setStorage", async (args, hs) => {
  if (!args.data || typeof args.data !== "object") throw new AppError(-1400, "data is an object", "setStorage");
  const errorKeys = [];
  for (const [key, value] of Object.entries(args.data)) {
    try {
      await hs.storage.set({ entries: { [key]: value ?? null } });
    } catch (error) {
      if (/** @type {any} */ (error)?.code !== -32001) throw error;
      errorKeys.push(key);
    }
  }
  return { errorKeys };
});

export const getStorage = api("getStorage", async (args, hs) => (args.keys?.length ? (await hs.storage.get({ keys: args.keys })).entries : {}));

export const removeStorage = api("removeStorage", async (args, hs) => {
  if (args.keys?.length) await hs.storage.remove({ keys: args.keys });
  return { errorKeys: [] };
});

/** In KB, as the public API counts. */
export const getStorageInfo = api("getStorageInfo", async (_args, hs) => {
  const { size, limit } = await hs.storage.info();
  return { currentSize: Math.ceil(size / 1024), limitSize: Math.floor(limit / 1024) };
});

export const clearStorage = api("clearStorage", async (args, hs) => {
  const { keys } = await hs.storage.info();
  const gone = args.prefix ? keys.filter((/** @type {string} */ one) => one.startsWith(args.prefix)) : keys;
  for (let at = 0; at < gone.length; at += 100) await hs.storage.remove({ keys: gone.slice(at, at + 100) });
});

const LIMIT = 5 * 1024; // KB
/** @type {Map<string, string>} */ const memory = new Map();

/** The origin's own store, or memory where the page has no origin. @returns {Storage | null} */
function device() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

/** Answers at once; what it keeps stays on this device. */
export const nativeStorage = Object.freeze({
  /** @param {string} key @returns {string | null} */
  getItem: (key) => device()?.getItem(key) ?? memory.get(key) ?? null,
  /** @param {string} key @param {string} value */
  setItem: (key, value) => {
    const kept = device();
    if (kept) kept.setItem(key, value);
    else memory.set(key, String(value));
  },
  /** @param {string} key */
  removeItem: (key) => {
    device()?.removeItem(key);
    memory.delete(key);
  },
  clear: () => {
    device()?.clear();
    memory.clear();
  },
  getStorageInfo: () => {
    const kept = device();
    const pairs = kept ? Object.entries({ ...kept }) : [...memory];
    const size = pairs.reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
    return { currentSize: Math.ceil(size / 1024), limitSize: LIMIT };
  },
});
