// Connections that wait to be accepted.

import { core } from "ext:core/mod.js";
import { op_tcp_accept, op_tcp_accepted } from "ext:core/ops";
import { isolate, list } from "ext:plugbay/own.js";
import { taken } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { Readiness } from "ext:plugbay/worlds/component/wasi/sockets/readiness.js";

export class Listener {
  #system;
  #opened;
  // What the host has answered to who looked or waited: connections, and why there is none.
  #answers = list();
  #isClosed = false;
  #come;

  constructor(system, opened) {
    this.#system = system;
    this.#opened = opened;
    this.#come = new Readiness(() => op_tcp_accepted(opened.rid), (answer) => this.#keep(answer));
  }

  #keep(answer) {
    const { value: rid } = answer;
    if (this.#isClosed) {
      if (rid !== null) core.tryClose(rid);
      return;
    }
    if (rid !== null) this.#system.whenStopped(rid);
    this.#answers[this.#answers.length] = answer;
  }
  isReady() {
    if (this.#answers.length !== 0) return true;
    const answer = op_tcp_accept(this.#opened.rid), { failed, value: rid } = answer;
    if (failed === null && rid === null) return false;
    this.#keep(answer);
    return true;
  }
  watch(done) {
    return this.#come.watch(done);
  }
  // The number of the next, if there is one.
  take() {
    if (!this.isReady()) return undefined;
    const answers = this.#answers, answer = answers[0];
    this.#answers = list();
    for (let i = 1; i < answers.length; i++) this.#answers[i - 1] = answers[i];
    return taken(answer);
  }
  close() {
    this.#isClosed = true;
    for (let i = 0; i < this.#answers.length; i++) {
      const { value: rid } = this.#answers[i];
      if (rid !== null) this.#system.close(rid);
    }
  }
}
isolate(Listener);
