/**
 * Typed errors. Every refusal says what was being done, what was expected, what came, and, where
 * there is one, the likely next step:
 *
 *     rmsNorm: "weight" expected [2048], got [256]; is this another model?
 *
 * The parts are also fields, so that a program need not parse the sentence. The fields hold them whole and
 * as they came, control characters included; the sentence shortens and escapes them.
 *
 * Which class? *Whose fault is it?* The caller's: {@link ArgumentError}, {@link ShapeError}. The file's:
 * {@link FormatError}. The disk's or the server's: {@link SourceError}. What computes: `BackendError` (backend/backend.ts).
 * Nobody's, but this library does not do it: {@link UnsupportedError}.
 * @module
 */
import { brief } from "./brief.ts";

/** The parts of an error message; each is also a field of the error. */
export interface ErrorDetails {
  /** The function or step that refused. */
  op: string;
  /** The argument, tensor, or field of a file that was refused. */
  argument?: string;
  /** The file it was read from. */
  file?: string;
  /** What should have been there: `a tensor of float32 or float64`. */
  expected?: string;
  /** What was there instead, in a few words. */
  got?: string;
  /** The likely next step, in lower case and without a full stop. */
  hint?: string;
}

/** Base of every error this library throws on purpose. */
export class GemmaError extends Error {
  // A literal, here and below: a minifier would rename the class, and new.target.name with it.
  override readonly name: string = "GemmaError";
  /** The operation that refused: `rmsNorm`. */
  readonly op: string;
  /** The argument, option or field it is about. */
  readonly argument: string | undefined;
  /** The file it is about. */
  readonly file: string | undefined;
  /** What should have been there. */
  readonly expected: string | undefined;
  /** What was there instead. */
  readonly got: string | undefined;
  /** The likely next step. */
  readonly hint: string | undefined;

  constructor(details: ErrorDetails, options?: ErrorOptions) {
    super(sentence(details), options);
    this.op = details.op;
    this.argument = details.argument;
    this.file = details.file;
    this.expected = details.expected;
    this.got = details.got;
    this.hint = details.hint;
  }
}

/** A tensor has the wrong shape or memory layout. */
export class ShapeError extends GemmaError {
  override readonly name: string = "ShapeError";
}

/** An argument has the wrong kind or value. */
export class ArgumentError extends GemmaError {
  override readonly name: string = "ArgumentError";
}

/** A file does not say what its format promises: truncated, contradictory, or not that format. */
export class FormatError extends GemmaError {
  override readonly name: string = "FormatError";
}

/**
 * Bytes could not be read, written or reached: a disk that fails or is full, no such file, no permission, a
 * server that refuses or keeps failing. The same call may succeed another time.
 */
export class SourceError extends GemmaError {
  override readonly name: string = "SourceError";
}

/** The input is valid, but this library or this backend does not do it. */
export class UnsupportedError extends GemmaError {
  override readonly name: string = "UnsupportedError";
}

/** What is said after "got": words of ours, or a number or a shape as it is. A caller's value goes through brief(). */
export type Got = string | number | bigint | readonly number[];

/** Makes an error of one class. */
export type Refusal<E extends GemmaError> = (
  argument: string | undefined,
  expected: string,
  got: Got,
  hint?: string,
  cause?: unknown,
) => E;

/** One way to make each error, `op` and `file` said once. */
export interface Refusals {
  readonly argument: Refusal<ArgumentError>;
  readonly shape: Refusal<ShapeError>;
  readonly format: Refusal<FormatError>;
  readonly source: Refusal<SourceError>;
  readonly unsupported: Refusal<UnsupportedError>;
}

/**
 * The errors of one step, about one file:
 *
 *     const refuse = refusals("readGguf", source.name);
 *     throw refuse.format("version", "2 or 3", version, "get a current file");
 *
 * @param hints what is said where a refusal brings no hint of its own, by class.
 */
export function refusals(
  op: string,
  file?: string,
  hints: Partial<Record<keyof Refusals, string>> = {},
): Refusals {
  const of =
    <E extends GemmaError>(
      Type: new (details: ErrorDetails, options?: ErrorOptions) => E,
      usual?: string,
    ) =>
    (...[argument, expected, got, hint = usual, cause]: Parameters<Refusal<E>>): E => {
      const said = typeof got === "string" ? got : brief(got);
      const options = cause === undefined ? undefined : { cause };
      return new Type({ op, file, argument, expected, got: said, hint }, options);
    };
  return {
    argument: of(ArgumentError, hints.argument),
    shape: of(ShapeError, hints.shape),
    format: of(FormatError, hints.format),
    source: of(SourceError, hints.source),
    unsupported: of(UnsupportedError, hints.unsupported),
  };
}

/** The error of calls that come after `what` was disposed. */
export function disposed(op: string, what: string, hint: string): ArgumentError {
  return refusals(op).argument(what, `a ${what} in use`, "a disposed one", hint);
}

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

/** Longer parts do not help: the name of a tensor may have a million characters. */
const MOST = 1000;

/** Safe to write to a terminal, which would obey control characters in a file's name. */
function printable(text: string | undefined): string | undefined {
  const shown = text && text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  return shown?.replace(/\p{Cc}/gu, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
