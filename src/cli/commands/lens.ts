/**
 * `lens`: what a model would say if it stopped after some of its blocks, and which parts of it made a logit.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import { chosenToken, type TokenChoice } from "../../interp/lens/token-choice.ts";
import { type Command, integerOption, numberOption, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { IDS_OPTION, promptFor, readPrompt, SPECIAL_OPTION } from "../options/prompt.ts";
import { styleFor } from "../terminal/style.ts";
import { barsText } from "./lens-bars.ts";
import { gridText, positionText } from "./lens-text.ts";

/** What is looked at where no text is given. */
const EXAMPLE = "Mira the fox had 6 plums. Now she had";

/** Columns where the terminal does not say how many it has. */
const WIDTH = 80;

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  position: { type: "string", value: "N", help: "Look after this token only; -1 is the last" },
  top: { type: "string", value: "N", help: "Tokens a depth (default: 5), or parts (20)" },
  target: { type: "string", value: "TOKEN", help: 'Follow this token: " plums", by rank' },
  attribution: { type: "boolean", help: "Show which heads and MLPs made the logit" },
  against: { type: "string", value: "TOKEN", help: "With --attribution: less this token's logit" },
  neurons: { type: "string", value: "L", help: "With --attribution: neurons of this block's MLP" },
  ...MODEL_OPTIONS,
} as const;

export const lensCommand: Command = {
  name: "lens",
  summary: "Look inside: what the model would say after each of its blocks, and why",
  usage: ["[TEXT] [OPTIONS]", "[TEXT] --attribution [OPTIONS]"],
  description: `
    The last norm and the table of the model turn what runs between its blocks into tokens: the logit
    lens. A table has a row for each depth and a column for each token of the text, in which is the most
    probable next token and its probability in percent; with --target the rank of that token. With
    --position the first tokens at each depth, and how far they are from the end, in nats.

    --attribution takes the logit of --target (default: the model's own choice) after --position (default:
    the last token) apart into what the embedding, each head and each MLP put into it; with --neurons what the neurons of
    one MLP did.

    With --json the object that Gemma.logitLens or Gemma.attributeLogit gives. TOKEN is a text of one
    token, with the space that belongs to it; without a tokenizer an id.`,
  options,
  examples: [
    "lens",
    "lens 'Once upon a time' --position -1 --top 8",
    "lens 'Mira the fox had 6 plums.' --target ' plums'",
    "lens 'Once upon a time' --attribution --target ' there'",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const { text, ids, special, target, against, attribution, json } = values;
    const top = integerOption("top", values.top, 1);
    const position = numberOption("position", values.position, PLACES);
    const neurons = numberOption("neurons", values.neurons, BLOCKS);
    if (!attribution && (against ?? neurons) !== undefined) {
      throw new UsageError(
        `--${against === undefined ? "neurons" : "against"} needs --attribution`,
      );
    }
    if (top !== undefined && attribution && json) {
      throw new UsageError("--top is about what is shown; --json has all parts");
    }
    if (top !== undefined && !attribution && !json && position === undefined) {
      throw new UsageError("--top needs --position, --attribution or --json: a cell has one token");
    }
    const places = { option: "text", text, ids, positionals, special };
    const isGiven = text !== undefined || ids !== undefined || positionals.length > 0;
    const given = isGiven || !io.stdin.isTerminal ? await readPrompt(places, io) : EXAMPLE;
    const choice: Choice = { top, position, target, against, neurons };
    await withGemma(values, io, async (gemma) => {
      const prompt = promptFor(gemma, given, special);
      const show = attribution ? showParts : showDepths;
      await io.stdout.write(await show(gemma, prompt, choice, json, io));
    });
    return undefined;
  },
};

const PLACES = {
  as: "the place of a token: 0 is BOS, -1 the last",
  includes: Number.isSafeInteger,
};
const BLOCKS = { as: "a block: 0 is the first, -1 the last", includes: Number.isSafeInteger };

/** What the options choose. */
interface Choice {
  readonly top: number | undefined;
  readonly position: number | undefined;
  readonly target: string | undefined;
  readonly against: string | undefined;
  readonly neurons: number | undefined;
}

type Show = (
  gemma: Gemma,
  prompt: Prompt,
  choice: Choice,
  json: boolean | undefined,
  io: Io,
) => Promise<string>;

const showDepths: Show = async (gemma, prompt, { top, position, target }, json, io) => {
  const { vocabSize } = gemma.config;
  const lens = await gemma.logitLens(prompt, {
    positions: position,
    topK: Math.min(top ?? 5, vocabSize - gemma.model.paddingIds.length),
    target: tokenOption(gemma, "target", target),
    signal: io.signal,
  });
  if (json) return `${JSON.stringify(lens)}\n`;
  const look = { style: styleFor(io), width: io.stdout.columns ?? WIDTH };
  return position === undefined
    ? gridText(lens, { ...look, isFollowing: target !== undefined })
    : positionText(lens, look);
};

const showParts: Show = async (gemma, prompt, { top = 20, ...choice }, json, io) => {
  const attribution = await gemma.attributeLogit(prompt, {
    token: tokenOption(gemma, "target", choice.target),
    against: tokenOption(gemma, "against", choice.against),
    position: choice.position,
    neurons: choice.neurons,
    signal: io.signal,
  });
  if (json) return `${JSON.stringify(attribution)}\n`;
  return barsText(attribution, {
    style: styleFor(io),
    width: Math.min(WIDTH, io.stdout.columns ?? WIDTH),
    most: top,
  });
};

/** The id of a token that an option names. */
function tokenOption(
  { config, tokenizer }: Gemma,
  name: "target" | "against",
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  const choice: TokenChoice = !tokenizer && /^\d+$/.test(text) ? Number(text) : text;
  return chosenToken("lens", name, choice, config, tokenizer);
}
