// Imported by web_platform.js: awaits at its top level, and imports its importer's neighbour.

import { assertEquals } from "../assert.js";

await new Promise((resolve) => setTimeout(resolve, 5));
assertEquals(1, 1);

export const url = import.meta.url;
export const isMain = import.meta.main;
export let evaluations = 0;
evaluations++;
export default function double(number) {
  return 2 * number;
}
