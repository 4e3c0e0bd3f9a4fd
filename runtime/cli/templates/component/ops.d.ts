// Types of the component {{ library }}, as `plugbay types` writes them. Where an import is waited for, functions give
// promises.

export type Summary = { min: number; max: number; mean: number };

export declare class Counter {
  constructor(start: number);
  next(): number;
  [Symbol.dispose](): void;
}

export interface Numbers {
  Counter: typeof Counter;
  summarize(values: Float64Array): Summary;
}

export interface HostImports {
  log(message: string): void;
}

/** What `plugin.ops` has. */
export interface Ops {
  rot13(text: string): string;
  "example:{{ wit_name }}/numbers@0.1.0": Numbers;
  numbers: Numbers;
}

/** What `options.imports` has. */
export interface Imports {
  "example:{{ wit_name }}/host@0.1.0": HostImports;
}
