/**
 * JSON as Python writes it: with bare `NaN`, `Infinity` and `-Infinity`, which are no JSON and which `JSON.parse` refuses.
 * lm-evaluation-harness writes them where there was nothing to count.
 * @module
 */
import { type Refusals, refusals } from "../../errors.ts";

/** A string of JSON, or a constant that Python has beside it. */
const STRING_OR_CONSTANT = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs;

/** How deep a file may be nested: the harness's have eight levels. */
const DEEPEST = 200;

/**
 * The value that `text` stands for.
 * @param file what messages call it.
 * @throws {FormatError} if it is no JSON, not even Python's.
 */
export function parsePythonJson(text: string, op: string, file: string): unknown {
  const refuse = refusals(op, file);
  assertShallow(text, refuse);
  try {
    return JSON.parse(text);
  } catch (error) {
    const mark = unusedMark(text);
    const strict = text.replace(STRING_OR_CONSTANT, (found) =>
      found.startsWith('"') ? found : `"${mark}${found}"`,
    );
    if (strict === text) throw refusalOf(refuse, text, error);
    try {
      return JSON.parse(strict, (_, value) => {
        const isMarked = typeof value === "string" && value.startsWith(mark);
        return isMarked ? Number(value.slice(mark.length)) : value;
      });
    } catch (cause) {
      throw refusalOf(refuse, text, cause);
    }
  }
}

/** A text that `text` does not have. */
function unusedMark(text: string): string {
  let mark = "number:";
  while (text.includes(mark)) mark += ":";
  return mark;
}

/** The readers below walk what was parsed: a level there is a level of their stack. */
function assertShallow(text: string, refuse: Refusals): void {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth > DEEPEST) throw refuse.format(undefined, "JSON of few levels", `${depth} levels`);
  }
}

function refusalOf(refuse: Refusals, text: string, cause: unknown) {
  const start = text.trim().slice(0, 60);
  const got = start === "" ? "an empty text" : start;
  const hint = "results are a .json file, samples a .jsonl file";
  return refuse.format(undefined, "JSON", got, hint, cause);
}
