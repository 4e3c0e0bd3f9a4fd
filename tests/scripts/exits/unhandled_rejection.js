// flags:
// exit: 1
// stderr: TypeError: nobody waits for this
// stderr: unhandled_rejection.js:8:16

setTimeout(() => {}, 10_000);

Promise.reject(new TypeError("nobody waits for this"));
