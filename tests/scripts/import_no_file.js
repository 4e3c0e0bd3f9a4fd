// flags: --allow-read
// milliseconds: 30000
// What is no file is not imported: a device has no end.

import { assertRejects } from "./assert.js";

await assertRejects(() => import("/dev/zero"), { includes: "/dev/zero" });
await assertRejects(() => import("/"), { includes: "no file" });
