/**
 * Rows of a data set, each made into something, and refusals that say which row they are about.
 * @module
 */
import { brief } from "../brief.ts";
import { isList } from "../check.ts";
import { GemmaError, refusals } from "../errors.ts";

/** What rows are called where one is refused. */
export interface RowsName {
  /** Of the caller. */
  readonly op: string;
  /** Of the list. */
  readonly argument: string;
  /** What its rows are: "conversations". */
  readonly what: string;
}

/**
 * What `of` makes of each row. A row that was read from a file says with `where` from which line.
 * @throws {GemmaError} that of `of`, with the row in front of its argument, or with file and line.
 * @throws {ArgumentError} if there is no list.
 */
export function eachRow<Row, T>(
  { op, argument, what }: RowsName,
  rows: readonly Row[],
  of: (row: Row) => T,
): T[] {
  if (!isList(rows)) {
    const hint = "read them first: a file of lines is JSON.parse of each line";
    throw refusals(op).argument(argument, `a list of ${what}`, brief(rows), hint);
  }
  return Array.from(rows as ArrayLike<Row>, (row, i) => {
    try {
      return of(row);
    } catch (error) {
      const file = (row as { readonly where?: string } | undefined)?.where;
      throw typeof file === "string"
        ? retold(error, { op, file })
        : retold(error, {
            op,
            argument: (own) => [`${argument}[${i}]`, own].filter(Boolean).join(": "),
          });
    }
  });
}

/** How an error is told by another caller. */
export interface Retelling {
  /** Who tells it. */
  readonly op: string;
  /** The file that it is about, if it is about one. */
  readonly file?: string;
  /** The name of the argument here. Default: that of the error. */
  readonly argument?: (own: string | undefined) => string;
}

/** The same refusal as a caller's own; what is no refusal stays as it is. */
export function retold(error: unknown, { op, file, argument }: Retelling): unknown {
  if (!(error instanceof GemmaError) || error.expected === undefined) return error;
  const { expected, got, hint } = error;
  const Type = error.constructor as new (details: object) => GemmaError;
  const name = argument ? argument(error.argument) : error.argument;
  return new Type({ op, file, argument: name, expected, got, hint });
}
