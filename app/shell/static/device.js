// @ts-check
// Place, camera and files: the browser asks the person as well, but the shell asks first and says which app wants it and why.

import { el, sheet, confirm, words } from "./sheets.js";
import { BridgeError, CODES } from "/assets/js/host.js";

const denied = (why) => new BridgeError(CODES.DENIED, why, { reason: "denied" });

/** The app's own reason for a permission, in the reader's language. */
function reason(app, ...names) {
  const language = document.documentElement.lang;
  const found = app.manifest.req_permissions.find((one) => names.includes(one.name));
  return app.manifest.hs.i18n?.[language]?.reason?.[found?.name] ?? found?.reason ?? "";
}

export function device(app) {
  const asks = (name) => app.manifest.req_permissions.some((one) => one.name === name);
  return {
    "geo.get": async ({ precise = false }, told) => {
      const remembered = `hs.geo.${app.id}`;
      const exact = precise && asks("location.fine");
      const wanted = exact ? "exact" : "coarse";
      if (sessionStorage.getItem(remembered) !== "exact" && sessionStorage.getItem(remembered) !== wanted) {
        const title = (exact ? words.geo_exact : words.geo_coarse).replace("{name}", app.name);
        await confirm(title, reason(app, "location.fine", "location.coarse"), words.allow, told);
        sessionStorage.setItem(remembered, wanted); // until this tab closes: while the person uses it
      }
      const found = await new Promise((resolve, reject) => {
        navigator.geolocation.getCurrentPosition(resolve, () => reject(denied("the browser gives no place")), { enableHighAccuracy: exact, timeout: 20_000, maximumAge: 60_000 });
      });
      const { latitude, longitude, accuracy } = found.coords;
      const round = (number) => (exact ? number : Math.round(number * 100) / 100); // about a kilometre
      return { latitude: round(latitude), longitude: round(longitude), accuracy: exact ? accuracy : Math.max(accuracy, 1000), at: new Date(found.timestamp).toISOString() };
    },
    "scan.qr": (_params, told) => scan(app, told),
    "media.pick": async ({ kind = "photo", count = 1, camera = false }, told) => {
      if (camera && !told.gesture) throw new BridgeError(CODES.DENIED, "only right after the person acted in the page", { reason: "gesture" });
      const accept = { photo: "image/*", video: "video/*", file: "" }[kind];
      if (accept === undefined) throw new BridgeError(CODES.PARAMS, "photo, video or file");
      const files = await sheet(words.pick_title.replace("{name}", app.name), (settle) => [
        el("p", {}, reason(app, "media.pick")),
        el("label", {}, words.choose, el("input", {
          type: "file", accept, multiple: count > 1, capture: camera ? "environment" : null, id: "pick",
          onchange: (event) => { if (event.target.files.length) settle([...event.target.files].slice(0, Math.min(count, 9))); },
        })),
      ], told);
      return { files: await Promise.all(files.map(async (one) => ({ name: one.name, type: one.type, size: one.size, handle: await told.files.put(one) }))) };
    },
    "media.save": async ({ name, handle, url }, told) => {
      if (url && !/^https:\/\//.test(url)) throw new BridgeError(CODES.PARAMS, "url is https");
      const blob = handle ? told.files.take(handle) : null;
      if (!blob && !url) throw new BridgeError(CODES.PARAMS, "handle or url");
      const href = blob ? URL.createObjectURL(new Blob([blob], { type: /^(image|video|audio)\//.test(blob.type) ? blob.type : "application/octet-stream" })) : url;
      await sheet(words.save_title.replace("{name}", app.name), (settle) => [
        el("p", { class: "address" }, name),
        el("a", { class: "button", href, download: blob ? name.replace(/[\\/:*?"<>|]/g, "_").slice(0, 100) : null, target: blob ? null : "_blank", rel: "noopener noreferrer", onclick: () => settle(true) }, words.save),
      ], told);
      if (blob) setTimeout(() => URL.revokeObjectURL(href), 60_000);
      return { saved: true };
    },
  };
}

/** The camera where the browser reads codes; typing works everywhere. */
function scan(app, told) {
  let stream = null;
  return sheet(words.scan_title.replace("{name}", app.name), (settle, dialog) => {
    const typed = el("input", { id: "typed", maxlength: "2000", autocomplete: "off" });
    const found = (text) => { if (text) settle({ text }); };
    const form = el("form", { onsubmit: (event) => { event.preventDefault(); found(typed.value.trim()); } },
      el("label", { for: "typed" }, words.typed), typed, el("button", { type: "submit" }, words.use));
    const video = el("video", { muted: true, playsinline: true, width: "280", height: "210", hidden: true });
    dialog.addEventListener("gone", () => stream?.getTracks().forEach((track) => track.stop()));
    if ("BarcodeDetector" in globalThis) {
      navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(async (opened) => {
        stream = opened;
        video.srcObject = opened;
        video.hidden = false;
        await video.play();
        const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
        const look = async () => {
          if (!dialog.open) return;
          const [code] = await detector.detect(video).catch(() => []);
          if (code) found(code.rawValue);
          else setTimeout(look, 150);
        };
        void look();
      }).catch(() => undefined); // without a camera the code is typed
    }
    return [el("p", {}, reason(app, "scan.qr")), video, form];
  }, told);
}
