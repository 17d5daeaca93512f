// @ts-check
/**
 * Compatible with the public zmp-sdk API: alias `zmp-sdk` and `zmp-sdk/apis` to this file in the bundler, and an app written for it loads.
 * See docs/mini-apps/migration-zalo.md.
 */

import * as people from "./people.js";
import * as device from "./device.js";
import * as money from "./money.js";
import * as storage from "./storage.js";
import * as view from "./view.js";
import * as events from "./events.js";
import * as rest from "./rest.js";

export * from "./people.js";
export * from "./device.js";
export * from "./money.js";
export * from "./storage.js";
export * from "./view.js";
export * from "./events.js";
export * from "./rest.js";
import { AppError } from "./host.js";
export { AppError } from "./host.js";
export { interactOA as interactOa } from "./rest.js";

export default { AppError, ...people, ...device, ...money, ...storage, ...view, ...events, ...rest };
