// Types of the plugin hash 0.1.0, as `plugbay types` writes them.

/**
 * A hash function that scripts can name.
 */
export type Algorithm = "blake3" | "sha256" | "sha512";

/** What `plugin.ops` has. */
export interface Ops {
  /** The BLAKE3 digest of all buffers as one message: 32 bytes. */
  blake3(...buffers: Deno.Bytes[]): Uint8Array<ArrayBuffer>;
  /** The SHA-256 digest of all buffers as one message: 32 bytes. */
  sha256(...buffers: Deno.Bytes[]): Uint8Array<ArrayBuffer>;
  /** The SHA-512 digest of all buffers as one message: 64 bytes. */
  sha512(...buffers: Deno.Bytes[]): Uint8Array<ArrayBuffer>;
  /** The digest of all buffers as one message, in hexadecimal: `hex("sha256", bytes)`. */
  hex(algorithm: Deno.Argument<Algorithm>, ...buffers: Deno.Bytes[]): string;
  /** The id of a new hash under way. */
  create(algorithm: Deno.Argument<Algorithm>): number;
  /** Adds the buffers to the message of the hash with that id, and gives the number of its bytes so far. */
  update(id: number, ...buffers: Deno.Bytes[]): number;
  /** The digest of the hash with that id, in hexadecimal; it closes the id. */
  digest(id: number): string;
}
