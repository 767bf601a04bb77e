/**
 * A file of rows (JSON lines), read a piece at a time: it may be larger than the memory. Every row is checked, and what is wrong with one is said
 * with the file and the line.
 * @module
 */
import { brief } from "../../../brief.ts";
import { assertOneOf } from "../../../check.ts";
import { type Refusals, refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { type ByteSource, readExactly } from "../../../source/byte-source.ts";
import { isObject, kindOf } from "../../../source/json.ts";
import { lineGroups } from "../../../source/lines.ts";
import { RunningSha256 } from "../../../source/sha256.ts";
import type { FileOfDocuments } from "../documents/document.ts";
import { rowFrom } from "./parse-row.ts";
import type { DataRow, RowsByKind } from "./row.ts";
import type { SystemMessages } from "./turns.ts";

/** Options of {@link openRows}. */
export interface RowOptions<Kind extends DataRow["kind"] = DataRow["kind"]> {
  /** The only kind that is taken. Default: each row says by its fields what it is. */
  readonly kind?: Kind;
  /**
   * What to do with a first message of the role "system", for which Gemma has no turn: refuse the row, or put it, and an empty line, before what the user
   * says first. Default "refuse".
   */
  readonly system?: SystemMessages;
  /** Ends the reading, with its reason. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<RowOptions> = { kind: true, system: true, signal: true };

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

const op = "openRows";
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Rows of a file, to be gone through as often as one likes: `for await (const row of rows)`. */
export interface RowFile<Row extends DataRow> extends AsyncIterable<Row> {
  /** The file's name, hash and number of rows: known once it was read to its end. */
  readonly file: FileOfDocuments | undefined;
}

class OpenRows<Row extends DataRow> implements RowFile<Row> {
  readonly #source: ByteSource;
  readonly #options: RowOptions;
  #file: FileOfDocuments | undefined;

  constructor(source: ByteSource, options: RowOptions) {
    this.#source = source;
    this.#options = options;
  }

  get file(): FileOfDocuments | undefined {
    return this.#file;
  }

  /** The rows, in their order. Empty lines are skipped. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    const { name } = this.#source;
    const { kind, system = "refuse" } = this.#options;
    const hash = new RunningSha256();
    let [line, rows] = [0, 0];
    for await (const lines of lineGroups(this.#chunks(hash))) {
      for (const bytes of lines) {
        line++;
        const where = `${name}, line ${line}`;
        const refuse = refusals(op, where);
        const object = objectOn(bytes, refuse);
        if (!object) continue;
        rows++;
        yield rowFrom(object, where, { kind, system }, refuse) as Row;
      }
    }
    this.#file = { name, sha256: hash.digest(), rows };
  }

  async *#chunks(hash: RunningSha256): AsyncGenerator<Uint8Array> {
    const { size } = this.#source;
    for (let begin = 0; begin < size; begin += PIECE) {
      const end = Math.min(size, begin + PIECE);
      const chunk = await readExactly(op, this.#source, begin, end, this.#options.signal);
      hash.update(chunk);
      yield chunk;
    }
  }
}

/**
 * The rows of a JSON-lines file in TRL's formats.
 *
 *     for await (const row of openRows(source, { kind: "messages" })) …
 *
 * @throws {ArgumentError} if an option is wrong. A row that is wrong is a FormatError when its turn comes, with file and line.
 */
export function openRows<Kind extends DataRow["kind"] = DataRow["kind"]>(
  source: ByteSource,
  options: RowOptions<Kind> = {},
): RowFile<RowsByKind[Kind]> {
  assertOptions(op, options, NAMES);
  assertOneOf(op, "kind", options.kind, ["text", "messages", "prompt", "completion", "preference"]);
  assertOneOf(op, "system", options.system, ["refuse", "before-user"]);
  if (typeof source?.read !== "function") {
    const hint = "fileSource, blobSource and bytesSource make one";
    throw refusals(op).argument("source", "a ByteSource", brief(source), hint);
  }
  return new OpenRows(source, options);
}

/** The object on a line; `undefined` of an empty one. */
function objectOn(bytes: Uint8Array, refuse: Refusals): Record<string, unknown> | undefined {
  let line: string;
  try {
    line = decoder.decode(bytes).trim();
  } catch (cause) {
    throw refuse.format(undefined, "a JSON object", "bytes that are not UTF-8", undefined, cause);
  }
  if (line === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw refuse.format(undefined, "a JSON object", `no JSON: ${brief(line)}`, hintOf(line), cause);
  }
  if (isObject(value)) return value;
  throw refuse.format(undefined, "a JSON object", kindOf(value));
}

/** What is likely wrong with a line that is no JSON. */
function hintOf(line: string): string | undefined {
  if (line === "[") return "one object a line, without a list around them";
  if (line === "{") return "one object a line, without line breaks in it";
  if (line.includes("\r"))
    return "lines end with a line feed (\\n), not with a carriage return alone";
  if (/,\s*[}\]]/.test(line) || line.endsWith(","))
    return "JSON has no comma behind the last of a list, or of a line";
  if (/[:[,]\s*-?(NaN|Infinity)\b/.test(line))
    return "JSON has no NaN and no Infinity: null, or leave the field out";
  return undefined;
}
