// flags:
// exit: 1
// milliseconds: 30000
// stderr: TypeError: nobody waits for this
// stderr: unhandled_rejection.js:9:16

setTimeout(() => {}, 120_000);

Promise.reject(new TypeError("nobody waits for this"));
