// In place of deno_net's script, of which deno_fetch's wants one function: clients with keys of their own are not made.

(function () {
  // reach: deno_core passes it
  const { primordials: { TypeError } } = __bootstrap;
  return {
    __proto__: null,
    loadTlsKeyPair() {
      throw new TypeError("plugbay makes no HTTP clients with certificates of their own");
    },
  };
})();
