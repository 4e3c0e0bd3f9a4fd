// flags: --allow-plugin
// `using` closes a plugin at the end of its block.

import { assertEquals, assertThrows } from "./assert.js";
import { bytes, openKit, text } from "./fixtures.js";

let echo;
{
  using kit = openKit();
  echo = kit.ops.echo;
  assertEquals(text(echo(bytes("inside"))), "inside");
}
assertThrows(() => echo(bytes("outside")), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });

let other;
const early = () => {
  using kit = openKit();
  other = kit;
  throw new RangeError("left early");
};
assertThrows(early, { class: "RangeError", includes: "left early" });
assertThrows(() => other.close(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
