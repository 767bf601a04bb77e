/**
 * `embed`: texts as vectors.
 * @module
 */
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import {
  IDS_OPTION,
  LINES_OPTION,
  linesOf,
  promptFor,
  readPrompt,
  SPECIAL_OPTION,
} from "../options/prompt.ts";

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  lines: LINES_OPTION,
  pooling: { type: "string", value: "HOW", help: "mean of all tokens (default), or the last" },
  normalize: { type: "boolean", help: "Make vectors of length 1" },
  ...MODEL_OPTIONS,
} as const;

/** Texts that are embedded at once: their vectors come out before the next begin. */
const AT_ONCE = 256;

export const embedCommand: Command = {
  name: "embed",
  summary: "Turn texts into vectors, to find those that are alike",
  usage: ["[TEXT] [OPTIONS]"],
  description: `
    The text is an argument, --text, --ids, or stdin without its last newline. A vector is what the
    final norm gives, the mean over all tokens (BOS counted), or that of the last. It is a list of
    numbers in JSON, on a line; with --json an object {embedding}. With --lines a line for each; with
    --json {line, embedding}, lines counted from 1.`,
  options,
  examples: [
    "embed 'Mira the fox had 6 plums.'",
    "embed --model gemma-2b --normalize --lines --json < texts.txt > vectors.jsonl",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const { text, ids, special, lines, json, pooling = "mean", normalize } = values;
    if (pooling !== "mean" && pooling !== "last") {
      throw new UsageError(`--pooling expects mean or last, got ${pooling}`);
    }
    const places = { option: "text", text, ids, positionals, special, lines };
    const given = linesOf(await readPrompt(places, io), lines);
    await withGemma(values, io, async (gemma) => {
      for (let begin = 0; begin < given.length; begin += AT_ONCE) {
        const some = given.slice(begin, begin + AT_ONCE);
        const prompts = some.map((one) => promptFor(gemma, one, special));
        const vectors = await gemma.embed(prompts, { pooling, normalize, signal: io.signal });
        const shown = vectors.map((embedding, i) => {
          const line = lines ? begin + i + 1 : undefined;
          return `${JSON.stringify(json ? { line, embedding } : embedding)}\n`;
        });
        await io.stdout.write(shown.join(""));
      }
    });
    return undefined;
  },
};
