// Connections of a component to servers, which are the instance's own and closed with it. Each is the number of a
// resource.

import { answer, settled } from "ext:plugbay/providers/services/answers.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";

// What opens a connection by an op, which does not connect yet; where too many are open it fails as the op does with
// `tooMany`.
export const opener = (op, tooMany) => (services, address, errorOf) => {
  if (!services.hasRoom()) throw failure(errorOf(tooMany));
  const rid = settled(op(services.rid, address), errorOf);
  services.whenStopped(rid);
  return rid;
};

// What `Connection.open` gives: what `make` makes, when `connect` has connected the connection.
export function connected(services, rid, connect, errorOf, make) {
  const errorAndEnd = (failed) => {
    services.close(rid);
    return errorOf(failed);
  };
  return answer(connect(rid), errorAndEnd, make);
}

// ---- Spin 1: a server is named in each call, and `kept` has a connection for each ----

export const keptFor = (kept, services, address, open, errorOf) => kept[address] ??= open(services, address, errorOf);

// The next call makes another.
export function forget(kept, services, address) {
  const rid = kept[address];
  if (rid === undefined) return;
  services.close(rid);
  delete kept[address];
}
