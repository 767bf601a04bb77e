/**
 * `score`: says how probable a model finds a text, token by token.
 * @module
 */
import type { Gemma } from "../../gemma.ts";
import type { Score } from "../../generation/score.ts";
import { formatPiece, table } from "../../table.ts";
import { type Command, parse } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { IDS_OPTION, promptFor, readPrompt, SPECIAL_OPTION } from "../options/prompt.ts";

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  ...MODEL_OPTIONS,
} as const;

export const scoreCommand: Command = {
  name: "score",
  summary: "Say how probable the model finds a text: log-likelihood and perplexity",
  usage: ["[TEXT] [OPTIONS]"],
  description: `
    The text is an argument, --text, --ids, or stdin without its last newline. Logarithms are natural;
    the first token (the BOS) is given and not predicted. With --json: one object
    {tokens, pieces, logprobs, total, nllPerToken, perplexity}; a perplexity beyond 1.8e308 is null.`,
  options,
  examples: [
    "score 'Mira the fox had 6 plums.'",
    "score --model gemma-2b --precision bfloat16 --json < article.txt",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const { text, ids, special } = values;
    const given = await readPrompt({ option: "text", text, ids, positionals, special }, io);
    await withGemma(values, io, async (gemma) => {
      const prompt = promptFor(gemma, given, special);
      const score = await gemma.score(prompt, { signal: io.signal });
      const pieces = piecesOf(gemma, score.tokens);
      await io.stdout.write(values.json ? asJson(score, pieces) : asTable(score, pieces));
    });
    return undefined;
  },
};

function piecesOf({ tokenizer }: Gemma, ids: readonly number[]): string[] | undefined {
  if (!tokenizer) return undefined;
  // A vocabulary may have fewer pieces than the embedding has rows.
  return ids.map((id) => (id < tokenizer.vocabSize ? tokenizer.piece(id) : ""));
}

function nllPerToken({ total, tokens }: Score): number {
  return -total / tokens.length;
}

function asJson(score: Score, pieces: string[] | undefined): string {
  const { tokens, total, perplexity } = score;
  const logprobs = [...score.logprobs];
  const nll = nllPerToken(score);
  return `${JSON.stringify({ tokens, pieces, logprobs, total, nllPerToken: nll, perplexity })}\n`;
}

function asTable(score: Score, pieces: string[] | undefined): string {
  const { tokens, logprobs, total, perplexity } = score;
  const rows = tokens.map((token, t) => [
    `${token}`,
    logprobs[t].toFixed(4),
    formatPiece(pieces?.[t] ?? ""),
  ]);
  const summary = [
    ["tokens", `${tokens.length}`],
    ["log-likelihood", total.toFixed(4)],
    ["nll per token", nllPerToken(score).toFixed(4)],
    ["perplexity", perplexity.toPrecision(6)],
  ];
  return `${table([["token", "logprob", "piece"], ...rows], "rrl")}\n${table(summary, "lr")}`;
}
