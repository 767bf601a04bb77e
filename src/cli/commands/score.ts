/**
 * `score`: says how probable a model finds a text, token by token.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import type { Score } from "../../generation/score.ts";
import { formatPiece, table } from "../../table.ts";
import { type Command, parse } from "../command.ts";
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
  ...MODEL_OPTIONS,
} as const;

export const scoreCommand: Command = {
  name: "score",
  summary: "Say how probable the model finds a text: log-likelihood and perplexity",
  usage: ["[TEXT] [OPTIONS]"],
  description: `
    The text is an argument, --text, --ids, or stdin without its last newline. Logarithms are natural;
    the first token (the BOS) is given and not predicted. With --json: one object
    {tokens, pieces, logprobs, total, nllPerToken, perplexity}; a perplexity beyond 1.8e308 is null. With
    --lines a row for each line, and the figures of all; with --json an object for each, which has its
    line, from 1.`,
  options,
  examples: [
    "score 'Mira the fox had 6 plums.'",
    "score --model gemma-2b --precision bfloat16 --json < article.txt",
    "score --lines < sentences.txt",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const { text, ids, special, lines, json } = values;
    const places = { option: "text", text, ids, positionals, special, lines };
    const given = linesOf(await readPrompt(places, io), lines);
    await withGemma(values, io, async (gemma) => {
      const prompts = given.map((one) => promptFor(gemma, one, special));
      if (lines) {
        const scores = await gemma.score(prompts, { signal: io.signal });
        const show = json ? linesAsJson : linesAsTable;
        await io.stdout.write(show(gemma, scores, given));
        return;
      }
      const [prompt] = prompts;
      const score = await gemma.score(prompt, { signal: io.signal });
      const pieces = piecesOf(gemma, score.tokens);
      await io.stdout.write(json ? asJson(score, pieces) : asTable(score, pieces));
    });
    return undefined;
  },
};

function piecesOf({ tokenizer }: Gemma, ids: readonly number[]): string[] | undefined {
  if (!tokenizer) return undefined;
  // A vocabulary may have fewer pieces than the embedding has rows.
  return ids.map((id) => (id < tokenizer.vocabSize ? tokenizer.piece(id) : ""));
}

function nllPerToken({ total, tokens }: Omit<Score, "logprobs">): number {
  return -total / tokens.length;
}

function linesAsJson(gemma: Gemma, scores: readonly Score[]): string {
  const all = scores.map((score, i) => asJson(score, piecesOf(gemma, score.tokens), 1 + i));
  return all.join("");
}

function linesAsTable(_: Gemma, scores: readonly Score[], texts: readonly Prompt[]): string {
  const rows = scores.map((score, i) => [
    `${1 + i}`,
    ...figures(score).map(([, figure]) => figure),
    formatPiece(String(texts[i]).slice(0, 40)),
  ]);
  const head = ["line", ...figures(scores[0]).map(([name]) => name), "text"];
  const tokens = scores.flatMap((score) => score.tokens);
  const total = scores.reduce((sum, score) => sum + score.total, 0);
  const perplexity = Math.exp(-total / tokens.length);
  const all = figures({ tokens, total, perplexity });
  return `${table([head, ...rows], "rrrrrl")}\n${table(all, "lr")}`;
}

function asJson(score: Score, pieces: string[] | undefined, line?: number): string {
  const { tokens, total, perplexity } = score;
  const logprobs = [...score.logprobs];
  const nll = nllPerToken(score);
  return `${JSON.stringify({ line, tokens, pieces, logprobs, total, nllPerToken: nll, perplexity })}\n`;
}

function asTable(score: Score, pieces: string[] | undefined): string {
  const { tokens, logprobs } = score;
  const rows = tokens.map((token, t) => [
    `${token}`,
    logprobs[t].toFixed(4),
    formatPiece(pieces?.[t] ?? ""),
  ]);
  return `${table([["token", "logprob", "piece"], ...rows], "rrl")}\n${table(figures(score), "lr")}`;
}

/** What is said of a text as a whole, by name. */
function figures(score: Omit<Score, "logprobs">): [name: string, figure: string][] {
  const { tokens, total, perplexity } = score;
  return [
    ["tokens", `${tokens.length}`],
    ["log-likelihood", total.toFixed(4)],
    ["nll per token", nllPerToken(score).toFixed(4)],
    ["perplexity", perplexity.toPrecision(6)],
  ];
}
