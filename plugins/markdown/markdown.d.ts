// Types of the plugin markdown 0.1.0, as `plugbay types` writes them.

/**
 * A text and how to read it.
 */
export type TextWithOptions = { text: string, 
/**
 * Tables as GitHub has them; unless told otherwise they are read.
 */
tables?: boolean, 
/**
 * `[^1]` and `[^1]: …`; unless told otherwise they are read.
 */
footnotes?: boolean, 
/**
 * `~~text~~`
 */
strikethrough?: boolean, 
/**
 * `- [x] done`
 */
tasklists?: boolean, };

/**
 * A text, alone or with options.
 */
export type Document = string | TextWithOptions;

/** What `plugin.ops` has. */
export interface Ops {
  /**
   * The HTML of a text: `render("# Title")` is `"<h1>Title</h1>\n"`. `render({ text, strikethrough: true })` chooses
   * what to read beyond CommonMark.
   */
  render(document: Deno.Argument<Document>): string;
  renderBytes(...buffers: Deno.Bytes[]): any;
}
