// What the prelude must tell of: code that says that it is the runtime's.

const fault = new Function(`
  const filled = [];
  filled[0] = {};
  return filled.map((element) => element.guest);
  //# sourceURL=ext:plugbay/fault.js`);
fault();
// The same is nothing to tell of in a script.
const own = [];
own[0] = {};
own.map((element) => element.guest);
