// @ts-check
/** The events an app can listen to, by their public names. */

import { host } from "./host.js";

export const Events = Object.freeze({
  AppPaused: "h5.event.paused",
  AppResumed: "h5.event.resumed",
  NetworkChanged: "h5.event.connection.changed",
  OnDataCallback: "h5.event.webview.result",
  WebviewClosed: "h5.event.webview.close",
  OpenApp: "h5.event.open.mp",
  AppClose: "h5.event.action.close",
  PaymentCallback: "payment.callback",
  PaymentResult: "action.payment.result",
  PaymentDone: "action.payment.done",
  PaymentClose: "action.payment.close",
  DownloadProgress: "h5.event.webview.download.progress",
});
export const EventName = Events;

/** @typedef {(...args: any[]) => void} Listener */

class Emitter {
  /** @type {Map<string, Set<Listener>>} */ #listeners = new Map();

  /** @param {string} name @param {Listener} listener */
  on(name, listener) {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
    return this;
  }

  /** @param {string} name @param {Listener} listener */
  once(name, listener) {
    const once = (/** @type {any[]} */ ...args) => {
      this.off(name, once);
      listener(...args);
    };
    return this.on(name, once);
  }

  /** @param {string} name @param {Listener} [listener] */
  off(name, listener) {
    if (listener) this.#listeners.get(name)?.delete(listener);
    else this.#listeners.delete(name);
    return this;
  }

  /** @param {string} name @param {any[]} args */
  emit(name, ...args) {
    const listeners = [...(this.#listeners.get(name) ?? [])];
    for (const listener of listeners) listener(...args);
    return listeners.length > 0;
  }

  /** @param {string} name @param {Listener} listener */
  addListener(name, listener) {
    return this.on(name, listener);
  }

  /** @param {string} name @param {Listener} [listener] */
  removeListener(name, listener) {
    return this.off(name, listener);
  }

  /** @param {string} [name] */
  removeAllListeners(name) {
    if (name) this.#listeners.delete(name);
    else this.#listeners.clear();
    return this;
  }
}

export const events = new Emitter();

host().then((hs) => {
  hs.on("hidden", () => events.emit(Events.AppPaused));
  hs.on("shown", () => events.emit(Events.AppResumed));
  hs.on("suspended", () => events.emit(Events.AppClose));
}, () => undefined);
for (const event of ["online", "offline"]) globalThis.addEventListener?.(event, () => events.emit(Events.NetworkChanged, { isConnected: navigator.onLine }));
