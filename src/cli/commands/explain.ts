/**
 * `explain`: follows one token through the model.
 * @module
 */
import { type Command, integerOption, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { IDS_OPTION, promptFor, readPrompt, SPECIAL_OPTION } from "../options/prompt.ts";
import { styleFor } from "../terminal/style.ts";
import { follow } from "./explain-follow.ts";
import { explanation } from "./explain-text.ts";

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  position: { type: "string", value: "N", help: "The token; 0 is the BOS (default: -1, the last)" },
  layer: { type: "string", value: "N", help: "The block that is shown (default: 0, the first)" },
  head: { type: "string", value: "N", help: "The head that is shown (default: 0)" },
  ...MODEL_OPTIONS,
} as const;

export const explainCommand: Command = {
  name: "explain",
  summary: "Follow one token through the model: formulas, numbers, reasons",
  usage: ["[TEXT] [OPTIONS]"],
  description: `
    From the pieces of the text to the token that comes next: the embedding, one block step by step, what
    the model would say after each block, the logits. All numbers are of one run. With --json: one object
    with every number of each row, not only the first, and the name of its tap; see it in code with
    gemma.runWithCache.`,
  options,
  examples: [
    "explain 'Once upon a time'",
    "explain 'Mira the fox had 6 plums.' --position 3 --layer 2 --head 1",
    "explain --json < text.txt",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const { text, ids: list, special, json } = values;
    const wanted = {
      position: integerOption("position", values.position, Number.MIN_SAFE_INTEGER) ?? -1,
      layer: integerOption("layer", values.layer, Number.MIN_SAFE_INTEGER) ?? 0,
      head: integerOption("head", values.head, Number.MIN_SAFE_INTEGER) ?? 0,
    };
    const given = await readPrompt({ option: "text", text, ids: list, positionals, special }, io);
    await withGemma(values, io, async (gemma) => {
      const { config } = gemma;
      const prompt = promptFor(gemma, given, special);
      const ids = typeof prompt === "string" ? gemma.encode(prompt) : Array.from(prompt);
      const at = {
        position: placeOf("position", wanted.position, ids.length),
        layer: placeOf("layer", wanted.layer, config.numHiddenLayers),
        head: placeOf("head", wanted.head, config.numAttentionHeads),
      };
      const followed = await follow(gemma, ids, at, io.signal);
      const shown = json
        ? `${JSON.stringify(followed)}\n`
        : explanation(followed, config, styleFor(io));
      await io.stdout.write(shown);
    });
    return undefined;
  },
};

/** A place among `count`; from the end, if it is below 0. @throws {UsageError} if there is no such place. */
function placeOf(option: string, place: number, count: number): number {
  if (place >= -count && place < count) return place < 0 ? place + count : place;
  const range = count === 1 ? "0" : `an integer from ${-count} to ${count - 1}`;
  throw new UsageError(`--${option} expects ${range}, got ${place}`);
}
