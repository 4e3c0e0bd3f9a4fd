// flags:
// exit: 1
// stderr: error: Uncaught
// stderr: RangeError: the script gives up
// stderr: uncaught_error.js:11:9

await Promise.resolve();
outer();

function outer() {
  throw new RangeError("the script gives up");
}
