/**
 * `attention`: shows what each head reads.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import { STAGE_NAMES } from "../../interp/heads/attention-maps.ts";
import { headScores } from "../../interp/heads/head-detectors.ts";
import { repeatedTokens } from "../../interp/heads/repeated-tokens.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { plainIds } from "../../tokenizer/plain-ids.ts";
import { type Command, choiceOption, integerOption, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { IDS_OPTION, promptFor, readPrompt, SPECIAL_OPTION } from "../options/prompt.ts";
import { type HeadLine, headsText, mapText, strongest } from "./attention-text.ts";

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  layer: { type: "string", value: "N", help: "The block, from 0 (default: all)" },
  head: {
    type: "string",
    value: "N",
    help: "The map of this head, from 0 (default: all in a table)",
  },
  stage: {
    type: "string",
    value: "STAGE",
    help: "scores, scaled, masked or pattern (default), of a map",
  },
  ...MODEL_OPTIONS,
} as const;

export const attentionCommand: Command = {
  name: "attention",
  summary: "Show what each attention head reads: its map, or all heads in a table",
  usage: ["[TEXT] [OPTIONS]", "[TEXT] --layer N --head N [--stage STAGE] [OPTIONS]"],
  description: `
    Without --head: a line for each head, with the token that the last position reads most, and how much
    the head looks at the token before, at the same token, and at what came after it. With --head: the
    head's map, a row for each token that reads and a column for each that is read, in one of four stages:
    dot products of queries and keys, divided by √H, with later keys hidden, and their softmax.

    With --json: {tokens, pieces, heads, most}, or {tokens, pieces, layer, head, keyValueHead, stage, map};
    in a map null is −∞.`,
  options,
  examples: [
    "attention 'Mira the fox had 6 plums.'",
    "attention 'Mira the fox had 6 plums.' --layer 1 --head 0",
    "attention --model gemma-2b --layer 5 --json < article.txt",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const stage = choiceOption("stage", values.stage, STAGE_NAMES, STAGES);
    integerOption("layer", values.layer);
    integerOption("head", values.head);
    if (values.head === undefined && stage !== undefined) {
      throw new UsageError("--stage is about a map, and needs --layer and --head");
    }
    if (values.head !== undefined && values.layer === undefined) {
      throw new UsageError("--head needs --layer, as in --layer 0 --head 0");
    }
    const { text, ids, special, json } = values;
    const given = await readPrompt({ option: "text", text, ids, positionals, special }, io);
    await withGemma(values, io, async (gemma) => {
      const { numHiddenLayers, numAttentionHeads } = gemma.config;
      const layer = integerOption("layer", values.layer, 0, numHiddenLayers - 1);
      const head = integerOption("head", values.head, 0, numAttentionHeads - 1);
      const prompt = promptFor(gemma, given, special);
      const show = json ? (report: Report) => `${JSON.stringify(report.json)}\n` : textOf;
      const report =
        layer !== undefined && head !== undefined
          ? await mapOf(gemma, prompt, { layer, head, stage }, io)
          : await headsOf(gemma, prompt, layer, io);
      await io.stdout.write(show(report));
    });
    return undefined;
  },
};

const STAGES = {
  words: {
    scores: "score dot dots raw qk",
    scaled: "scale",
    masked: "mask",
    pattern: "softmax weights probabilities probs attention",
  },
} as const;

/** What is shown, in both ways. */
interface Report {
  readonly json: object;
  readonly text: string;
}

const textOf = ({ text }: Report): string => text;

async function mapOf(
  gemma: Gemma,
  prompt: Prompt,
  {
    layer,
    head,
    stage = "pattern",
  }: {
    readonly layer: number;
    readonly head: number;
    readonly stage?: (typeof STAGE_NAMES)[number];
  },
  { signal, stdout }: Io,
): Promise<Report> {
  const stages = await gemma.attentionStages(prompt, { layer, head, signal });
  const { ids: tokens, keyValueHead } = stages;
  const pieces = piecesOf(gemma, tokens);
  const map = rowsOf(stages[stage]);
  return {
    json: { tokens, pieces, layer, head, keyValueHead, stage, map },
    text: mapText(stages, stage, pieces ?? tokens.map(String), stdout.columns ?? 80),
  };
}

async function headsOf(
  gemma: Gemma,
  prompt: Prompt,
  layer: number | undefined,
  { signal }: Io,
): Promise<Report> {
  const layers = layer ?? Array.from({ length: gemma.config.numHiddenLayers }, (_, l) => l);
  const kept = { names: "attn.hook_pattern", layers, signal };
  const patternsOf = async (ids: Prompt) => {
    const cache = await gemma.runWithCache(ids, kept);
    return { ids: cache.ids, patterns: [...cache].map(([, pattern]) => pattern) };
  };
  const own = await patternsOf(prompt);
  const among = gemma.tokenizer && plainIds(gemma.tokenizer);
  const random = await patternsOf(repeatedTokens("attention", gemma.model, { among }));
  const previous = headScores(own.patterns, own.ids, "previous-token").scores;
  const duplicate = headScores(random.patterns, random.ids, "duplicate-token").scores;
  const induction = headScores(random.patterns, random.ids, "induction").scores;
  const last = own.ids.length - 1;
  const heads = own.patterns.flatMap((pattern, row) =>
    Array.from({ length: pattern.shape[0] }, (_, head): HeadLine => {
      const map = pattern.pick(head, null, null);
      const position = strongest(map, last, last);
      return {
        layer: [layers].flat()[row],
        head,
        reads: { position, weight: map.get(last, position) },
        previousToken: previous.get(row, head),
        duplicateToken: duplicate.get(row, head),
        induction: induction.get(row, head),
      };
    }),
  );
  const pieces = piecesOf(gemma, own.ids);
  const { length: count } = random.ids;
  const most = (count - 1) / 2 / count;
  return {
    json: { tokens: own.ids, pieces, heads, most },
    text: headsText(heads, pieces ?? own.ids.map(String), { count, most }),
  };
}

function rowsOf(map: NdArray): number[][] {
  const [L] = map.shape;
  return Array.from({ length: L }, (_, l) => Array.from({ length: L }, (_, s) => map.get(l, s)));
}

function piecesOf({ tokenizer }: Gemma, ids: readonly number[]): string[] | undefined {
  // A vocabulary may have fewer pieces than the embedding has rows.
  return tokenizer && ids.map((id) => (id < tokenizer.vocabSize ? tokenizer.piece(id) : ""));
}
