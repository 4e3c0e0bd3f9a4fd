// The interfaces of wasi:http, as those in ../interfaces.js.

import { FutureTrailers, IncomingBody, OutgoingBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { httpErrorCode } from "ext:plugbay/worlds/component/wasi/http/errors.js";
import { Fields } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import * as messages from "ext:plugbay/worlds/component/wasi/http/messages.js";
import { handle } from "ext:plugbay/worlds/component/wasi/http/outgoing.js";

export const HTTP = {
  __proto__: null,
  "wasi:http/types": {
    __proto__: null,
    Fields,
    FutureIncomingResponse: messages.FutureIncomingResponse,
    FutureTrailers,
    httpErrorCode,
    IncomingBody,
    IncomingRequest: messages.IncomingRequest,
    IncomingResponse: messages.IncomingResponse,
    OutgoingBody,
    OutgoingRequest: messages.OutgoingRequest,
    OutgoingResponse: messages.OutgoingResponse,
    RequestOptions: messages.RequestOptions,
    ResponseOutparam: messages.ResponseOutparam,
  },
  "wasi:http/outgoing-handler": { __proto__: null, handle },
};
