// flags:
// exit: 7
// stdout: before

console.log("before");
try {
  Deno.exit(7);
} finally {
  console.log("not reached");
}
