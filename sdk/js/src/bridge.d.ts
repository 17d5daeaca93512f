/** Types of the guest's side of the bridge, with every method of version 1. */

export interface Launch { token: string; startParam: string | null }
export interface Context {
  appId: string;
  versionCode: number;
  locale: "vi" | "en";
  theme: "light" | "dark";
  safeArea: { top: number; right: number; bottom: number; left: number };
  /** The launch token, or launch data in Telegram's grammar where the manifest asks for it. */
  launchData: string;
  startParam: string | null;
  gateway: string;
  /** The address that opens this app, to which a page's name can be appended. */
  link: string;
  name: string;
  versionName: string;
  scopesAsked: string[];
  templates: string[];
  [more: string]: unknown;
}
export interface CallOptions { signal?: AbortSignal }
type Call<P, R> = (params: P, options?: CallOptions) => Promise<R>;
type Plain<R> = (params?: Record<string, never>, options?: CallOptions) => Promise<R>;
export interface Text { vi: string; en: string }
export interface Picked { name: string; type: string; size: number; handle: string }

export class BridgeError extends Error {
  readonly code: number;
  readonly data: any;
}
export const CODES: Readonly<Record<
  "PARSE" | "INVALID" | "NO_METHOD" | "PARAMS" | "INTERNAL" | "DENIED" | "NEEDS_CONSENT" | "NOT_IN_MANIFEST" | "RATE" | "SUSPENDED" | "NO_HOST",
  number
>>;

export class Bridge {
  readonly hostInfo: { name: string; kind: string; version?: string; [more: string]: unknown };
  readonly hostCapabilities: { methods: string[]; limits: { bytes: number; callsPerSecond: number } };
  readonly context: Context;
  call(method: string, params?: object, options?: CallOptions): Promise<any>;
  on(event: "suspended" | "context" | "back" | "hidden" | "shown", listener: (params: any) => void): () => void;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  pick(
    params?: { kind?: "photo" | "video" | "file"; count?: number; camera?: boolean },
    options?: CallOptions,
  ): Promise<{ files: (Picked & { blob: Blob })[] }>;
  save(name: string, blob: Blob, options?: CallOptions): Promise<{ saved: boolean }>;
  close(): void;
  readonly auth: {
    getToken: (params?: { scopes?: string[] }, options?: CallOptions) => Promise<{ token: string; expiresIn: number; scopes: string[] }>;
    getUser: Plain<{ sub: string; name: string | null; scopes: string[]; acr: string }>;
    requestScopes: Call<{ scopes: string[] }, { granted: string[]; declined: string[] }>;
  };
  readonly user: { getPhoneCode: Plain<{ code: string; expiresIn: number }> };
  readonly geo: {
    get: (params?: { precise?: boolean }, options?: CallOptions) => Promise<{ latitude: number; longitude: number; accuracy: number; at: string }>;
  };
  readonly scan: { qr: Plain<{ text: string }> };
  readonly media: {
    pick: (params?: { kind?: "photo" | "video" | "file"; count?: number; camera?: boolean }, options?: CallOptions) => Promise<{ files: Picked[] }>;
    save: Call<{ name: string; handle?: string; url?: string }, { saved: boolean }>;
  };
  readonly pay: {
    create: Call<{ intent: string } | { amount: number; description: Text; reference: string }, { intent: string; state: string }>;
    status: Call<{ intent: string }, { intent: string; state: string }>;
  };
  readonly share: { open: Call<{ kind?: string; text?: string; url?: string; page?: string }, { shared: boolean }> };
  readonly app: { shortcut: Plain<{ made: boolean }>; rate: Plain<{ rated: boolean }> };
  readonly oa: { follow: (params?: { id?: string }, options?: CallOptions) => Promise<{ followed: boolean }> };
  readonly chat: { open: (params?: { id?: string; message?: string }, options?: CallOptions) => Promise<{ opened: boolean }> };
  readonly notify: { request: Call<{ templates: string[] }, { granted: string[] }> };
  readonly nav: {
    open: Call<{ page: string; query?: string } | { url: string }, { opened: boolean }>;
    close: Plain<null>;
    title: Call<{ title?: string; color?: string; back?: boolean }, null>;
    miniApp: Call<{ appId: string; page?: string; query?: string }, { opened: boolean }>;
  };
  readonly storage: {
    get: Call<{ keys: string[] }, { entries: Record<string, unknown> }>;
    set: Call<{ entries: Record<string, unknown> }, { size: number }>;
    remove: Call<{ keys: string[] }, { size: number }>;
    info: Plain<{ keys: string[]; size: number; limit: number }>;
  };
  readonly ui: { toast: Call<{ text: string }, null> };
  readonly sys: { info: Plain<Record<string, unknown>>; canIUse: Call<{ method: string }, { usable: boolean }> };
}
export function connect(options?: { appInfo?: object; capabilities?: object; scope?: unknown; timeout?: number }): Promise<Bridge>;
