// flags:
// A dynamic import can name any file, so it needs leave to read; the imports that the source names do not.

import { assertRejects } from "./assert.js";
import { folder } from "./fixtures.js";

const NOT_CAPABLE = { includes: ["dynamically", "--allow-read"] };
await assertRejects(() => import("./modules/second.js"), NOT_CAPABLE);
await assertRejects(() => import(`${folder}/secret.json`, { with: { type: "json" } }), NOT_CAPABLE);
await assertRejects(() => import("/dev/zero"), NOT_CAPABLE);
