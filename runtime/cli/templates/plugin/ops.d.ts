// Types of the plugin {{ name }} 0.1.0, as `plugbay types` writes them.

/**
 * What `summarize` takes.
 */
export type Numbers = { values: Array<number>, };

/**
 * The least, the greatest and the mean of some numbers.
 */
export type Summary = { min: number, max: number, mean: number, };

/** What `plugin.ops` has. */
export interface Ops {
  /** Changes each letter to the one thirteen places on, in place. */
  rot13(text: Deno.Bytes): void;
  /** Sums up some numbers, of which there must be one. */
  summarize(numbers: Deno.Argument<Numbers>): Summary;
  /** How many primes there are below a number. */
  countPrimes(below: number): Promise<number>;
  /** A new counter, which `Deno.close` and the plugin's end close. */
  counterOpen(start: number): number;
  /** Where the counter is, before it counts on. */
  counterNext(counter: number): number;
}
