// flags: --allow-plugin
// A thread that a plugin started on its own still runs when the plugin is closed: its code must stay.

import { after, bytes, openKit } from "./fixtures.js";

const kit = openKit();
kit.ops.thread_start(bytes("300"));
kit.close();
await after(600);
