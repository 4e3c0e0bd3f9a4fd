// Orders of a shop that never was, the same in every run, and their CSV.

const CITIES = ["Amsterdam", "Bergen", "Gdańsk", "Kraków", "Köln", "Lisboa", "Malmö", "Porto", "Torino", "Zürich"];
const FIRST_NAMES = ["Ana", "Björn", "Chiara", "Dorota", "Émile", "Fatma", "Goran", "Hanna", "Ingrid", "João"];
const LAST_NAMES = ["Almeida", "Berg", "Conti", "Dąbrowski", "Eriksen", "Fischer", "Garnier", "Haddad", "O'Neill"];
// What a CSV has to quote.
const COMPANIES = ["Tischlerei \"Zur Eiche\"", "Silva, Costa & Filhos", "Nordlys AS", "Bar \"Il Gatto, il Cane\""];
/** @type {[string, number][]} */
const PRODUCTS = [
  ["Bicycle bell", 1290],
  ["Bookshelf, oak", 18900],
  ["Desk lamp", 5450],
  ["Monitor 27\"", 23900],
  ["Notebook, A5", 690],
  ["Office chair", 21500],
  ["Teapot", 3480],
  ["Wool blanket", 7990],
];
const HEADER = ["id", "date", "customer", "city", "product", "quantity", "price"];
const DAY = 24 * 60 * 60 * 1000;

/**
 * An order; `cents` is the price of one.
 *
 * @typedef {object} Order
 * @property {number} id
 * @property {string} date
 * @property {string} customer
 * @property {string} city
 * @property {string} product
 * @property {number} quantity
 * @property {number} cents
 */

/** mulberry32 by Tommy Ettinger: small, and good enough for examples. @param {number} seed */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Orders with prices in cents, over the years 2023 and 2024. @param {number} count */
export function makeOrders(count) {
  const next = random(2020);
  // Squared, so that the first of a list come up more often, as in life.
  /** @template T @param {T[]} list */
  const pick = (list) => list[Math.floor(next() ** 2 * list.length)];
  const person = () => `${pick(FIRST_NAMES)} ${String.fromCharCode(65 + next() * 26)}. ${pick(LAST_NAMES)}`;
  const customers = Array.from({ length: count / 25 }, () => ({
    customer: next() < 0.05 ? pick(COMPANIES) : person(),
    city: pick(CITIES),
  }));
  const start = Date.UTC(2023, 0, 1);
  const days = (Date.UTC(2025, 0, 1) - start) / DAY;
  return Array.from({ length: count }, (_, index) => {
    const day = Math.floor((index / count) * days);
    const [product, price] = pick(PRODUCTS);
    return {
      id: index + 1,
      date: new Date(start + day * DAY).toISOString().slice(0, 10),
      ...pick(customers),
      product,
      quantity: 1 + Math.floor(next() ** 3 * 12),
      // Now and then something is on sale.
      cents: next() < 0.15 ? Math.round(price * 0.8) : price,
    };
  });
}

const quote = (/** @type {string} */ text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text);

/** The orders as CSV (RFC 4180), with prices as people write them. @param {Order[]} orders */
export function describeOrders(orders) {
  const rows = orders.map(({ id, date, customer, city, product, quantity, cents }) =>
    [String(id), date, customer, city, product, String(quantity), (cents / 100).toFixed(2)].map(quote).join(",")
  );
  return `${HEADER.join(",")}\r\n${rows.join("\r\n")}\r\n`;
}

/** The fields of each line of a CSV. @param {string} text */
function* parseCsv(text) {
  // A field, quoted or not, and what follows it.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new Error(`the CSV is malformed after line "${row.join(",")}"`);
    const [, quoted, plain, end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll("\"\"", "\""));
    if (end === ",") continue;
    yield row;
    row = [];
  }
}

/** What describeOrders wrote. @param {string} text */
export function parseOrders(text) {
  const [header, ...rows] = parseCsv(text);
  if (header.join() !== HEADER.join()) throw new Error(`the CSV has the columns ${header.join()}`);
  return rows.map(([id, date, customer, city, product, quantity, price]) => ({
    id: Number(id),
    date,
    customer,
    city,
    product,
    quantity: Number(quantity),
    cents: Math.round(Number(price) * 100),
  }));
}
