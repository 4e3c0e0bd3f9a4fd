// What the scripts of the benchmarks time with.

const REPETITIONS = 11, REPETITION_MS = 100, WARM_UP_MS = 300;

// Runs what does its work `n` times; prints a line of JSON with the nanoseconds of one, the median of several
// repetitions. It may give how many milliseconds count of those that it took.
export async function bench(key, run) {
  let n = 1, elapsed = 0;
  const began = performance.now();
  while (performance.now() - began < WARM_UP_MS || elapsed < 1) {
    const start = performance.now();
    elapsed = await run(n) ?? performance.now() - start;
    if (elapsed < REPETITION_MS / 4) n *= 2;
  }
  n = Math.ceil(n * REPETITION_MS / elapsed);
  const times = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    const counted = await run(n) ?? performance.now() - start;
    times.push(counted * 1e6 / n);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ key, ns: times[times.length >> 1] }));
}
