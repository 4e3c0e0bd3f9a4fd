// Variables of a component, as Spin and WASI see them.

import { op_variable, op_variable_or_nothing, op_variables } from "ext:core/ops";
import { answer } from "ext:plugbay/providers/services/answers.js";

const errorAs = (tags) => ({ kind, reason }) => ({ __proto__: null, tag: tags[kind], val: reason });

const errorOfSpin2 = errorAs({
  __proto__: null,
  "invalid-name": "invalid-name",
  undefined: "undefined",
  provider: "provider",
});
const errorOfSpin1 = errorAs({
  __proto__: null,
  "invalid-name": "invalid-key",
  undefined: "provider",
  provider: "provider",
});
const errorOfWasi = ({ reason }) => ({ __proto__: null, tag: "upstream", val: reason });

export const ofSpin2 = {
  __proto__: null,
  get: (services, name) => answer(op_variable(services.rid, name), errorOfSpin2),
};

export const ofSpin1 = {
  __proto__: null,
  getConfig: (services, name) => answer(op_variable(services.rid, name), errorOfSpin1),
};

export const ofWasi = {
  __proto__: null,
  // What is no variable of the component's is nothing here, whatever its name.
  get: (services, name) => answer(op_variable_or_nothing(services.rid, name), errorOfWasi),
  getAll: (services) => answer(op_variables(services.rid), errorOfWasi),
};
