/**
 * Typed errors. Every refusal says what was being done, what was expected, what came, and, where
 * there is one, the likely next step:
 *
 *     rmsNorm: "weight" expected [2048], got [256]; is this another model?
 *
 * The parts are also fields, so that a program need not parse the sentence; only there are they whole,
 * and as they came, control characters included.
 * @module
 */

/** The parts of an error message; each is also a field of the error. */
export interface ErrorDetails {
  /** The function or step that refused. */
  op: string;
  /** The argument, tensor, or field of a file that was refused. */
  argument?: string;
  /** The file it was read from. */
  file?: string;
  expected?: string;
  got?: string;
  /** The likely next step, in lower case and without a full stop. */
  hint?: string;
}

/** Base of every error this library throws on purpose. */
export class GemmaError extends Error {
  readonly op: string;
  readonly argument: string | undefined;
  readonly file: string | undefined;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly hint: string | undefined;

  constructor(details: ErrorDetails, options?: ErrorOptions) {
    super(sentence(details), options);
    this.name = new.target.name;
    this.op = details.op;
    this.argument = details.argument;
    this.file = details.file;
    this.expected = details.expected;
    this.got = details.got;
    this.hint = details.hint;
  }
}

/** A tensor has the wrong shape or memory layout. */
export class ShapeError extends GemmaError {}

/** An argument has the wrong kind or value. */
export class ArgumentError extends GemmaError {}

/** A file does not say what its format promises: truncated, contradictory, or not that format. */
export class FormatError extends GemmaError {}

/** A server could not be reached, or went on failing. What came of a file is no part of a result. */
export class NetworkError extends GemmaError {}

/** The input is valid, but this library or this backend does not do it. */
export class UnsupportedError extends GemmaError {}

function sentence(details: ErrorDetails): string {
  const part = (name: keyof ErrorDetails) => printable(details[name]);
  const [op, argument, file] = [part("op"), part("argument"), part("file")];
  const [expected, got, hint] = [part("expected"), part("got"), part("hint")];
  const where = [file, argument === undefined ? undefined : `"${argument}"`]
    .filter((text) => text !== undefined)
    .join(": ");
  const what = [expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean).join(", ");
  const body = [where, what].filter(Boolean).join(" ");
  return `${op}: ${body}${hint ? `${body ? "; " : ""}${hint}` : ""}`;
}

/** More of one part is no help to anybody: the name of a tensor may have a million characters. */
const MOST = 1000;

/** As it may be written to a terminal, which would obey control characters in a file's name. */
function printable(text: string | undefined): string | undefined {
  const shown = text && text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  return shown?.replace(/\p{Cc}/gu, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
