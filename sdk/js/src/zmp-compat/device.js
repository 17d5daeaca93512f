// @ts-check
/** Place, camera, pictures and files. */

import { fromBase64 } from "../wire.js";
import { api, AppError, bridge, host } from "./host.js";

/** `token` is the position as JSON, for the app's own backend; there is nobody to redeem it with. */
export const getLocation = api("getLocation", async (_args, hs) => {
  const { latitude, longitude, accuracy, at } = await hs.geo.get({ precise: true });
  const told = { latitude: String(latitude), longitude: String(longitude), timestamp: String(Date.parse(at)), provider: "host" };
  return { ...told, token: JSON.stringify({ latitude, longitude, accuracy, at }) };
});

export const scanQRCode = api("scanQRCode", async (_args, hs) => ({ content: (await hs.scan.qr()).text }));

/** @param {import("../bridge.js").Bridge} hs @param {"photo" | "video" | "file"} kind @param {number} count @param {boolean} camera */
async function picked(hs, kind, count, camera) {
  const { files } = await hs.pick({ kind, count, camera });
  return files.map((one) => ({ path: URL.createObjectURL(one.blob), size: one.size, blob: one.blob, name: one.name }));
}

export const chooseImage = api("chooseImage", async (args, hs) => {
  const sources = args.sourceType ?? ["album", "camera"];
  const files = await picked(hs, "photo", args.count ?? 1, !sources.includes("album"));
  return { filePaths: files.map((one) => one.path), tempFiles: files.map(({ path, size }) => ({ path, size })) };
});

/** With `serverUploadUrl` the files go there (the manifest's `csp.connect` names the host) and `data` is the answer. */
export const openMediaPicker = api("openMediaPicker", async (args, hs) => {
  const type = String(args.type ?? "photo");
  const kind = type === "file" ? "file" : type.includes("video") ? "video" : "photo";
  const files = await picked(hs, kind, args.maxSelectItem ?? 1, type.startsWith("zcamera"));
  if (!args.serverUploadUrl) return { data: files.map((one) => one.path) };
  const form = new FormData();
  for (const one of files) form.append("file", one.blob, one.name);
  const answer = await fetch(args.serverUploadUrl, { method: "POST", body: form, credentials: "omit" });
  if (!answer.ok) throw new AppError(-1500, `the upload was answered with ${answer.status}`, "openMediaPicker");
  return { data: await answer.text() };
});

export const saveImageToGallery = api("saveImageToGallery", async (args, hs) => {
  if (args.imageUrl) await hs.media.save({ name: "image", url: args.imageUrl });
  else if (args.imageBase64Data) await hs.save("image.png", decoded(args.imageBase64Data));
  else throw new AppError(-1400, "imageBase64Data or imageUrl", "saveImageToGallery");
  args.onProgress?.(100);
});

/** A data URL or bare base64; `fetch` would need the policy's leave. @param {string} text */
function decoded(text) {
  const match = /^data:([a-z/+.-]+);base64,/.exec(text);
  return new Blob([fromBase64(match ? text.slice(match[0].length) : text)], { type: match?.[1] ?? "image/png" });
}

export const getNetworkType = api("getNetworkType", async () => ({ networkType: network() }));

function network() {
  if (!navigator.onLine) return "none";
  const type = /** @type {any} */ (navigator).connection?.type;
  return type === "wifi" || type === "cellular" ? type : "unknown";
}

/** @param {any} args */
export function onNetworkStatusChange(args) {
  const tell = () => (args?.callback ?? args)?.({ isConnected: navigator.onLine, networkType: network() });
  for (const event of ["online", "offline"]) addEventListener(event, tell);
}

/** Answers at once, from the start context where it is there already. */
export function getSystemInfo() {
  const agent = navigator.userAgent;
  const language = bridge?.context.locale ?? (document.documentElement.lang || navigator.language).slice(0, 2);
  const theme = bridge?.context.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const platform = /Android/.test(agent) ? "android" : /iPhone|iPad/.test(agent) ? "iOS" : "unknown";
  const version = String(bridge?.hostInfo.version ?? "1");
  return { version, apiVersion: "2.51.6", zaloVersion: version, platform, language, zaloLanguage: language, zaloTheme: theme };
}

void host().catch(() => undefined); // what must answer at once then can; without a host every call says so by itself
