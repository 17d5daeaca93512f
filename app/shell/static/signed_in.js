// @ts-check
// The browser comes back here from the sign-in page.

import { finish } from "./session.js";
import { message, words } from "./sheets.js";

const failed = () => message(words.failed_title, words.failed_text);
finish().then((done) => { if (!done) failed(); }, failed);
