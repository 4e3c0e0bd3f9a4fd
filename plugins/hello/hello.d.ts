// Types of the plugin hello 0.1.0, as `plugbay types` writes them.

/** What `plugin.ops` has. */
export interface Ops {
  /** `greet("world")` is `"Hello, world!"`. */
  greet(name: string): string;
  testSync(...buffers: Deno.Bytes[]): any;
  testAsync(...buffers: Deno.Bytes[]): any;
}
