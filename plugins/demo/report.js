// Numbers and tables for people.

/** A time in nanoseconds. @param {number} nanoseconds */
export function duration(nanoseconds) {
  if (nanoseconds < 1000) return `${nanoseconds} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1000).toFixed(1)} us`;
  return milliseconds(nanoseconds / 1e6);
}

export const milliseconds = (/** @type {number} */ time) => `${time.toFixed(1)} ms`;

export const money = (/** @type {number} */ cents) =>
  `EUR ${grouped(Math.floor(cents / 100))}.${String(cents % 100).padStart(2, "0")}`;

/** A number of bytes, or that of a text in UTF-8. @param {number | string} size */
export function bytes(size) {
  const count = typeof size === "string" ? new TextEncoder().encode(size).length : size;
  if (count < 10_000) return `${count} bytes`;
  return count < 1e6 ? `${Math.round(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

const grouped = (/** @type {number} */ number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

const isNumber = (/** @type {number | string} */ cell) =>
  typeof cell === "number" || /^(EUR )?[\d,.]+( [a-z]+)?$/.test(cell);

/**
 * Columns in line, numbers to the right.
 *
 * @param {string[]} header
 * @param {(number | string)[][]} rows
 */
export function table(header, rows) {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? grouped(cell) : cell)));
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column].length)));
  const right = header.map((_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])));
  const line = (/** @type {string[]} */ row) =>
    row.map((cell, column) => (right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("  ");
  const lines = [header, widths.map((width) => "-".repeat(width)), ...cells].map(line);
  return lines.map((text) => `  ${text.trimEnd()}`).join("\n");
}
