/**
 * The syntax tree of a template, as `@huggingface/jinja` parses it.
 * @module
 */

/** A statement or an expression. Which fields it has depends on its `type`. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What an expression may look up: the fields of a document, and names that the template has set. */
export type Scope = ReadonlyMap<string, unknown>;
