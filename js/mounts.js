// Where the files of a component lie that is a module of JavaScript.

import { primordials } from "ext:core/mod.js";
import { noSuchFile, serviceArgument } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { nameOf } from "ext:plugbay/words.js";
const { ObjectKeys, StringPrototypeSlice, StringPrototypeStartsWith } = primordials;

// The function that gives the path of a file by the component's name for it, for Deno.readFile and the like. `mounts`
// has directories by their places in the component, without a slash at the end.
export function pathsIn(mounts) {
  const places = ObjectKeys(mounts);
  return (name) => {
    if (typeof name !== "string") throw makeError(serviceArgument, "path()", "the path of a file", nameOf(name));
    const asked = StringPrototypeStartsWith(name, "/") ? name : `/${name}`;
    let nearest;
    for (let i = 0; i < places.length; i++) {
      const place = places[i], isAbove = asked === place || StringPrototypeStartsWith(asked, `${place}/`);
      if (isAbove && (nearest === undefined || place.length > nearest.length)) nearest = place;
    }
    if (nearest === undefined) throw makeError(noSuchFile, name);
    return `${mounts[nearest]}${StringPrototypeSlice(asked, nearest.length)}`;
  };
}
