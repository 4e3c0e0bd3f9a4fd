// Types of the component {{ library }}, as `plugbay types` writes them. Where an import is waited for, functions give
// promises.

/** The least, the greatest and the mean of some numbers. */
export type Summary = { min: number; max: number; mean: number };

/** A number that counts on. */
export declare class Counter {
  constructor(start: number);
  /** Where the counter is, before it counts on. */
  next(): number;
  [Symbol.dispose](): void;
}

/** What the plugin does with numbers. */
export interface Numbers {
  Counter: typeof Counter;
  /** Sums up some numbers, of which there must be one. */
  summarize(values: Deno.Numbers<number>): Summary;
}

/** What the plugin wants of the script that opens it. */
export interface HostImports {
  /** Takes note of something. */
  log(message: string): void;
}

/** What `plugin.ops` has. */
export interface Ops {
  /** Changes each letter to the one thirteen places on. */
  rot13(text: string): string;
  "example:{{ wit_name }}/numbers@0.1.0": Numbers;
  numbers: Numbers;
}

/** What `options.imports` has. */
export interface Imports {
  "example:{{ wit_name }}/host@0.1.0": HostImports;
}
