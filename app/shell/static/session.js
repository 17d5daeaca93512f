// @ts-check
// Signs the person in as the shell's own public client (PKCE, DPoP) and calls the hub as them. The key never leaves the browser.

const CLIENT = "hanoismart-shell";
const REDIRECT = `${location.origin}/shell/signed-in`;
const STORE = "hs.session";
const PENDING = "hs.pending";
let nonce = "";

/** @typedef {{access: string, refresh: string, until: number}} Tokens */

const b64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes = (text) => new TextEncoder().encode(text);
const random = (length) => b64url(crypto.getRandomValues(new Uint8Array(length)));
const sha256 = async (text) => b64url(await crypto.subtle.digest("SHA-256", bytes(text)));

/** One key per browser; what is kept of it can sign, but not be read out. @returns {Promise<CryptoKeyPair>} */
function key() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("hanoismart", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const read = opening.result.transaction("keys").objectStore("keys").get("dpop");
      read.onerror = () => reject(read.error);
      read.onsuccess = async () => {
        if (read.result) return resolve(read.result);
        const made = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
        const write = opening.result.transaction("keys", "readwrite").objectStore("keys").put(made, "dpop");
        write.onerror = () => reject(write.error);
        write.onsuccess = () => resolve(made);
      };
    };
  });
}

/** A DPoP proof (RFC 9449). */
async function proof(method, url, token) {
  const pair = await key();
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const claims = { jti: random(16), htm: method, htu: url.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000) };
  if (token) claims.ath = await sha256(token);
  if (nonce) claims.nonce = nonce;
  const signed = [{ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } }, claims].map((one) => b64url(bytes(JSON.stringify(one)))).join(".");
  return `${signed}.${b64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytes(signed)))}`;
}

/** A request with a proof; once more where the hub asks for its nonce. */
async function proved(url, options, token) {
  for (let attempt = 0; ; attempt += 1) {
    const headers = { ...options.headers, DPoP: await proof(options.method ?? "GET", url, token) };
    if (token) headers.Authorization = `DPoP ${token}`;
    const answer = await fetch(url, { ...options, headers, credentials: "omit" });
    const fresh = answer.headers.get("DPoP-Nonce");
    const asks = fresh && fresh !== nonce && (answer.status === 400 || answer.status === 401);
    if (fresh) nonce = fresh;
    if (!asks || attempt) return answer;
  }
}

async function form(path, fields) {
  const answer = await proved(location.origin + path, { method: "POST", body: new URLSearchParams({ client_id: CLIENT, ...fields }) });
  if (!answer.ok) throw new Error(`${path} ${answer.status}`);
  return answer.json();
}

function keep(told, before) {
  const tokens = { access: told.access_token, refresh: told.refresh_token ?? before?.refresh, until: Date.now() + told.expires_in * 1000 };
  sessionStorage.setItem(STORE, JSON.stringify(tokens));
  return tokens;
}

/** @returns {Tokens | null} */
function held() {
  return JSON.parse(sessionStorage.getItem(STORE) ?? "null");
}

export const signedIn = () => held() !== null;
export const signOut = () => sessionStorage.removeItem(STORE);

/** Leave for the sign-in page; the browser comes back to where it was. */
export async function signIn() {
  const [verifier, state] = [random(48), random(16)];
  const pushed = await form("/oauth/par", {
    response_type: "code", redirect_uri: REDIRECT, scope: "openid profile", state, nonce: random(16),
    code_challenge: await sha256(verifier), code_challenge_method: "S256",
  });
  const back = location.pathname + location.search + location.hash;
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, back }));
  location.assign(`/oauth/authorize?${new URLSearchParams({ client_id: CLIENT, request_uri: pushed.request_uri })}`);
}

/** The browser is back from the sign-in page. False where that was no answer to us, or the person did not sign in. */
export async function finish() {
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  const query = new URLSearchParams(location.search);
  if (!pending || query.get("state") !== pending.state || query.get("iss") !== location.origin) return false;
  if (query.has("code")) {
    keep(await form("/oauth/token", {
      grant_type: "authorization_code", code: query.get("code"), redirect_uri: REDIRECT, code_verifier: pending.verifier,
    }));
  }
  location.replace(pending.back);
  return true;
}

/** @type {Promise<Tokens> | null} */ let renewing = null;

/** The access token, made anew shortly before it ends. */
async function token() {
  const now = held();
  if (!now) throw new Error("nobody is signed in");
  if (Date.now() < now.until - 30_000) return now.access;
  renewing ??= form("/oauth/token", { grant_type: "refresh_token", refresh_token: now.refresh })
    .then((told) => keep(told, now), (error) => { signOut(); throw error; })
    .finally(() => { renewing = null; });
  return (await renewing).access;
}

/** What the hub refused with: an RFC 9457 problem. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title ?? String(status));
    this.status = status;
    this.code = problem.code ?? "";
    this.problem = problem;
  }
}

/** A call as the person, or as nobody where none is signed in. Throws Refused. @returns {Promise<Response>} */
export async function ask(method, path, body, options = {}) {
  const url = location.origin + path;
  const headers = { "Accept-Language": document.documentElement.lang, ...options.headers };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const request = { method, headers, signal: options.signal, body: body === undefined ? undefined : JSON.stringify(body) };
  const answer = signedIn() ? await proved(url, request, await token()) : await fetch(url, { ...request, credentials: "omit" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

/** The JSON of a call. */
export async function call(method, path, body, options) {
  return (await ask(method, path, body, options)).json();
}
