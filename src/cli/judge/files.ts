/**
 * The files of `judge`: pairs to be judged, and what was said of pairs, a JSON object a line each.
 * @module
 */
import { readFile } from "node:fs/promises";
import { ArgumentError, type GemmaError, refusals } from "../../errors.ts";
import { assertPairs, type JudgedPair } from "../../judge/outcome.ts";
import { type Judgement, judgedPairs } from "../../judge/run/judgement.ts";
import { type AnswerPair, assertAnswerPairs } from "../../judge/run/pair.ts";
import { systemError } from "../../node/system-error.ts";

const OP = "judge";

/** A line of a file that is not empty. */
interface Line {
  readonly value: Readonly<Record<string, unknown>>;
  readonly refuse: (expected: string, got: string, hint?: string) => GemmaError;
}

/** The text of a file. @throws {SourceError} if it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw systemError(refusals(OP, path), "a file that can be read", error);
  }
}

async function linesOf(path: string): Promise<Line[]> {
  const text = await readText(path);
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const found = lines.flatMap((line, i): Line[] => {
    if (line.trim() === "") return [];
    const at = refusals(OP, `${path}, line ${i + 1}`);
    const refuse = (expected: string, got: string, hint?: string) =>
      at.format(undefined, expected, got, hint);
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw refuse("a JSON object", line.length > 60 ? `${line.slice(0, 60)}…` : line);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refuse("a JSON object", line.slice(0, 60));
    }
    return [{ value: value as Line["value"], refuse }];
  });
  if (found.length > 0) return found;
  throw refusals(OP, path).format(undefined, "a JSON object a line", "an empty file");
}

/** Pairs of answers, as `judgePairs` takes them. @throws {FormatError} naming the line that is none. */
export async function readPairs(path: string): Promise<AnswerPair[]> {
  const lines = await linesOf(path);
  const pairs = lines.map(({ value, refuse }) => {
    inLine(refuse, () => assertAnswerPairs(OP, [value as unknown as AnswerPair]));
    return value as unknown as AnswerPair;
  });
  assertAnswerPairs(OP, pairs); // ids that come twice
  return pairs;
}

/**
 * Verdicts: judgements, as `--out` writes them; pairs with `winners`; or matches with `models` and a `winner`.
 * @throws {FormatError} naming the line that is none.
 */
export async function readVerdicts(path: string): Promise<JudgedPair[]> {
  const lines = await linesOf(path);
  if (lines.every(({ value }) => "shownFirst" in value)) {
    for (const { value, refuse } of lines) {
      const { pair, shownFirst, winner } = value;
      const isPlace = shownFirst === "model_1" || shownFirst === "model_2";
      if (typeof pair !== "string" || !isPlace || typeof winner !== "string") {
        throw refuse("a judgement with pair, shownFirst and winner", JSON.stringify(value));
      }
      assertPair([{ winners: [winner as never, null] }], refuse);
    }
    return judgedPairs(lines.map(({ value }) => value as unknown as Judgement));
  }
  return lines.map(({ value, refuse }) => {
    const { winner, winners = [winner ?? null, null] } = value;
    const pair = { ...value, winners } as unknown as JudgedPair;
    assertPair([pair], refuse);
    return pair;
  });
}

function assertPair(pairs: readonly JudgedPair[], refuse: Line["refuse"]): void {
  inLine(refuse, () => assertPairs(OP, pairs));
}

/** The library's refusal of a pair, as one of the line it stands in. */
function inLine(refuse: Line["refuse"], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const { argument = "", expected = "", got = "", hint } = error;
    const field = argument.replace(/^pairs\[0\]\.?/, "");
    throw refuse(`${expected}${field && ` as ${field}`}`, got, hint);
  }
}
