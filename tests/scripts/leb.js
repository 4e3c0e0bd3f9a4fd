// For scripts that write wasm modules byte by byte.

/** An unsigned number as LEB128. */
export function leb(number) {
  const bytes = [];
  do {
    bytes.push((number & 0x7F) | (number > 0x7F ? 0x80 : 0));
    number = Math.floor(number / 128);
  } while (number > 0);
  return bytes;
}
