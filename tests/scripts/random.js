// Numbers by chance, the same in each run.

/** Those that begin with a seed, by mulberry32: from 0 to 1, a whole number below another, and one of several. */
export function randomFrom(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(random() * n), pick = (items) => items[below(items.length)];
  return { random, below, pick };
}
