// flags: --allow-plugin
// milliseconds: 30000
// A handler that calls its op again whenever it is called does not keep the timers waiting.

import { openKit } from "./fixtures.js";

const kit = openKit();
const { async_ready } = Deno.core.ops();
let more = true;
Deno.core.setAsyncHandler(async_ready, () => more && Deno.core.dispatch(async_ready));
Deno.core.dispatch(async_ready);
setTimeout(() => {
  more = false;
  kit.close();
}, 20);
