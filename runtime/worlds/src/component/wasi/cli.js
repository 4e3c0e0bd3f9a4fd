// wasi:cli: what a program is called with, its standard streams, and its end.

import { isolate } from "ext:plugbay/own.js";
import { InputStream, OutputStream } from "ext:plugbay/worlds/component/wasi/io.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";

const STDIN = 0, STDOUT = 1, STDERR = 2;

// A terminal has no functions of its own.
export class TerminalInput {}
isolate(TerminalInput);
seal(TerminalInput);
export class TerminalOutput {}
isolate(TerminalOutput);
seal(TerminalOutput);

export const getEnvironment = ({ granted }) => granted.env;
export const getArguments = ({ granted }) => granted.args;
export const initialCwd = () => undefined;

export function exit(system, status) {
  system.call("proc_exit", status.tag === "ok" ? 0 : 1);
}
export function exitWithCode(system, code) {
  system.call("proc_exit", code);
}

export const getStdin = (system) =>
  new InputStream(system, {
    __proto__: null,
    read: (length) => system.read(STDIN, length),
    delay: () => system.delayOf(STDIN),
    close() {},
  });

const output = (fd) => (system) =>
  new OutputStream(system, {
    __proto__: null,
    write: (bytes, at) => system.write(fd, bytes, at),
    close() {},
  });
export const getStdout = output(STDOUT);
export const getStderr = output(STDERR);

const terminal = (fd, Terminal) => (system) => system.isTerminal(fd) ? new Terminal() : undefined;
export const getTerminalStdin = terminal(STDIN, TerminalInput);
export const getTerminalStdout = terminal(STDOUT, TerminalOutput);
export const getTerminalStderr = terminal(STDERR, TerminalOutput);
