// @ts-check
/**
 * `window.Telegram.WebApp` for pages written for it: a plain script for the head, in place of telegram-web-app.js.
 *
 *     <script src="telegram-compat/index.js"></script>
 *
 * Launch data is signed with our keys alone; a backend checks it with the app secret or our public keys, `Authorization: tma <raw>`.
 */
(() => {
  const hash = new URLSearchParams(location.hash.slice(1));
  const initData = hash.get("tgWebAppData") ?? "";
  const here = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : location.href;

  /** @type {Promise<any>} */
  const connecting = import(new URL("../bridge.js", here).href).then(({ connect }) => connect({ appInfo: { sdk: "telegram-compat" } }));
  connecting.catch(() => undefined); // without a host the page still reads its launch data; every call says so by itself

  /** @param {string} text */
  const parsed = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return {};
    }
  };

  /** The pairs of the launch data, unchecked: only a backend can say whether they hold. */
  const unsafe = () => {
    /** @type {Record<string, any>} */ const found = Object.fromEntries(new URLSearchParams(initData));
    if (found.user) found.user = parsed(found.user);
    if (found.auth_date) found.auth_date = Number(found.auth_date);
    return found;
  };

  /** @type {Map<string, Set<(event?: any) => void>>} */
  const listeners = new Map();
  const tell = (/** @type {string} */ name, /** @type {any} */ event) => {
    for (const listener of listeners.get(name) ?? []) listener(event);
  };

  /** One button at the foot of the page, as the API draws it. */
  const mainButton = () => {
    const element = document.createElement("button");
    element.type = "button";
    element.hidden = true;
    element.id = "hs-main-button";
    Object.assign(element.style, { position: "fixed", inset: "auto 0 0 0", minHeight: "48px", border: "0", font: "inherit", zIndex: "2147483647" });
    /** @type {Set<() => void>} */ const clicks = new Set();
    element.addEventListener("click", () => {
      for (const click of clicks) click();
      tell("mainButtonClicked", undefined);
    });
    const place = () => document.body?.append(element);
    if (document.body) place();
    else document.addEventListener("DOMContentLoaded", place, { once: true });
    const button = {
      get text() { return element.textContent ?? ""; },
      set text(words) { element.textContent = words; },
      get isVisible() { return !element.hidden; },
      get isActive() { return !element.disabled; },
      isProgressVisible: false,
      color: "",
      textColor: "",
      setText: (/** @type {string} */ words) => { element.textContent = words; return button; },
      onClick: (/** @type {() => void} */ click) => { clicks.add(click); return button; },
      offClick: (/** @type {() => void} */ click) => { clicks.delete(click); return button; },
      show: () => { element.hidden = false; return button; },
      hide: () => { element.hidden = true; return button; },
      enable: () => { element.disabled = false; return button; },
      disable: () => { element.disabled = true; return button; },
      showProgress: () => { button.isProgressVisible = true; element.disabled = true; return button; },
      hideProgress: () => { button.isProgressVisible = false; element.disabled = false; return button; },
      setParams: (/** @type {any} */ params) => {
        if (params.text !== undefined) element.textContent = params.text;
        if (params.is_visible !== undefined) element.hidden = !params.is_visible;
        if (params.is_active !== undefined) element.disabled = !params.is_active;
        return button;
      },
    };
    return button;
  };

  /** @type {Record<string, any>} */
  const app = {
    initData,
    initDataUnsafe: unsafe(),
    version: hash.get("tgWebAppVersion") ?? "6.0",
    platform: hash.get("tgWebAppPlatform") ?? "unknown",
    themeParams: parsed(hash.get("tgWebAppThemeParams") ?? "{}"),
    colorScheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    isExpanded: true,
    isActive: true,
    get viewportHeight() { return innerHeight; },
    get viewportStableHeight() { return innerHeight; },
    MainButton: mainButton(),
    ready: () => { void connecting.catch(() => undefined); },
    expand: () => undefined,
    close: () => { void connecting.then((hs) => hs.nav.close()).catch(() => undefined); },
    openLink: (/** @type {string} */ url) => { void connecting.then((hs) => hs.nav.open({ url })).catch(() => undefined); },
    onEvent: (/** @type {string} */ name, /** @type {any} */ listener) => { listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)); },
    offEvent: (/** @type {string} */ name, /** @type {any} */ listener) => { listeners.get(name)?.delete(listener); },
    isVersionAtLeast: (/** @type {string} */ least) => Number.parseFloat(app.version) >= Number.parseFloat(least),
  };

  const unsupported = [
    "sendData", "switchInlineQuery", "openTelegramLink", "openInvoice", "shareToStory", "shareMessage", "setEmojiStatus", "requestEmojiStatusAccess",
    "downloadFile", "showPopup", "showAlert", "showConfirm", "showScanQrPopup", "closeScanQrPopup", "readTextFromClipboard", "requestWriteAccess",
    "requestContact", "setHeaderColor", "setBackgroundColor", "setBottomBarColor", "enableClosingConfirmation", "disableClosingConfirmation",
    "enableVerticalSwipes", "disableVerticalSwipes", "requestFullscreen", "exitFullscreen", "lockOrientation", "unlockOrientation", "addToHomeScreen",
    "checkHomeScreenStatus", "hideKeyboard", "requestChat", "invokeCustomMethod",
  ];
  for (const name of unsupported) {
    app[name] = (/** @type {any[]} */ ...args) => {
      const callback = args.find((one) => typeof one === "function");
      if (callback) callback("unsupported", null);
      else throw new Error(`WebAppMethodUnsupported: ${name}`);
    };
  }
  for (const name of ["BackButton", "SecondaryButton", "SettingsButton", "HapticFeedback", "CloudStorage", "BiometricManager", "LocationManager", "DeviceStorage", "SecureStorage", "Accelerometer", "Gyroscope", "DeviceOrientation"]) {
    app[name] = new Proxy({}, {
      get: (_none, verb) => (/** @type {any[]} */ ...args) => {
        const callback = args.find((/** @type {any} */ one) => typeof one === "function");
        if (callback) callback("unsupported", null);
        else throw new Error(`WebAppMethodUnsupported: ${name}.${String(verb)}`);
      },
    });
  }

  connecting.then((hs) => {
    hs.on("context", (/** @type {any} */ told) => {
      if (told.theme) app.colorScheme = told.theme;
      tell("themeChanged", undefined);
    });
    hs.on("hidden", () => { app.isActive = false; tell("deactivated", undefined); });
    hs.on("shown", () => { app.isActive = true; tell("activated", undefined); });
  }).catch(() => undefined);

  /** @type {any} */ (window).Telegram = { WebApp: app };
})();
