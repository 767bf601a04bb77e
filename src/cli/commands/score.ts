/**
 * `score`: says how probable a model finds a text, token by token.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import type { TextScore, TextScoreOptions } from "../../generation/likelihood/score-texts.ts";
import { formatPiece, table } from "../../table.ts";
import { type Command, integerOption, parse, UsageError } from "../command.ts";
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
  given: {
    type: "string",
    value: "TEXT",
    help: "Score what comes after this text, which is not scored itself",
  },
  window: {
    type: "string",
    value: "N",
    help: "Cut a long text into windows of N tokens",
  },
  stride: {
    type: "string",
    value: "N",
    help: "New tokens of each window; default: all of them but one",
  },
  ...MODEL_OPTIONS,
} as const;

export const scoreCommand: Command = {
  name: "score",
  summary: "Say how probable the model finds a text: log-likelihood and perplexity",
  usage: ["[TEXT] [OPTIONS]"],
  description: `
    The text is an argument, --text, --ids, or stdin without its last newline. Logarithms are natural;
    the first token (the BOS) is given and not predicted. With --given the two texts are encoded together,
    and white space at the end of what is given counts as the text's. With --json: one object
    {tokens, pieces, logprobs, greedy, isGreedy, total, nllPerToken, perplexity}; greedy tells of each
    token whether it is the most probable; a perplexity beyond 1.8e308 is null. With --lines a row for each
    line, and the figures of all; with --json an object for each, which has its line, from 1. A text that
    is longer than the context needs --window or --stride.`,
  options,
  examples: [
    "score 'Mira the fox had 6 plums.'",
    "score --model gemma-2b --precision bfloat16 --json < article.txt",
    "score --given 'The capital of France is' ' Paris'",
    "score --model gemma-2b --window 4096 < book.txt",
    "score --lines < sentences.txt",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    modelChoice(values);
    const { text, ids, special, lines, json } = values;
    const window = integerOption("window", values.window, 1, 2 ** 31);
    const stride = integerOption("stride", values.stride, 1, 2 ** 31);
    if (values.given !== undefined && (window ?? stride) !== undefined) {
      throw new UsageError("--window and --stride cut whole texts; --given goes without them");
    }
    const places = { option: "text", text, ids, positionals, special, lines };
    const given = linesOf(await readPrompt(places, io), lines);
    await withGemma(values, io, async (gemma) => {
      const settings: TextScoreOptions = { window, stride, signal: io.signal };
      const context = values.given;
      const prompts = given.map((one) =>
        context === undefined
          ? promptFor(gemma, one, special)
          : continuationFor(gemma, one, special),
      );
      if (context !== undefined) {
        Object.assign(settings, { given: promptFor(gemma, context, special) });
      }
      if (lines) {
        const scores = await gemma.score(prompts, settings);
        const show = json ? linesAsJson : linesAsTable;
        await io.stdout.write(show(gemma, scores, given));
        return;
      }
      const [prompt] = prompts;
      const score = await gemma.score(prompt, settings);
      await io.stdout.write(json ? asJson(gemma, score) : asTable(score));
    });
    return undefined;
  },
};

/** Special tokens in what comes after another text, made ids: no BOS belongs there. */
function continuationFor({ tokenizer }: Gemma, text: Prompt, special: boolean | undefined): Prompt {
  return special && tokenizer && typeof text === "string"
    ? tokenizer.encode(text, { special })
    : text;
}

function nllPerToken({ total, tokens }: Pick<TextScore, "total" | "tokens">): number {
  return -total / tokens.length;
}

function linesAsJson(gemma: Gemma, scores: readonly TextScore[]): string {
  return scores.map((score, i) => asJson(gemma, score, 1 + i)).join("");
}

function linesAsTable(_: Gemma, scores: readonly TextScore[], texts: readonly Prompt[]): string {
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

function asJson({ tokenizer }: Gemma, score: TextScore, line?: number): string {
  const { tokens, logprobs, greedy, isGreedy, total, perplexity } = score;
  const pieces = tokenizer && score.pieces;
  const joined = score.joined || undefined;
  const nll = { nllPerToken: nllPerToken(score) };
  const answer = {
    line,
    tokens,
    pieces,
    logprobs,
    greedy,
    isGreedy,
    joined,
    total,
    ...nll,
    perplexity,
  };
  return `${JSON.stringify(answer)}\n`;
}

function asTable(score: TextScore): string {
  const { tokens, logprobs, greedy, pieces } = score;
  const rows = tokens.map((token, t) => [
    `${token}`,
    logprobs[t].toFixed(4),
    formatPiece(pieces[t]),
  ]);
  const most = `${greedy.filter(Boolean).length} of ${greedy.length}`;
  const all = [...figures(score), ["most probable", most] as const];
  return `${table([["token", "logprob", "piece"], ...rows], "rrl")}\n${table(all, "lr")}`;
}

/** What is said of a text as a whole, by name. */
function figures(
  score: Pick<TextScore, "tokens" | "total" | "perplexity">,
): [name: string, figure: string][] {
  const { tokens, total, perplexity } = score;
  return [
    ["tokens", `${tokens.length}`],
    ["log-likelihood", total.toFixed(4)],
    ["nll per token", nllPerToken(score).toFixed(4)],
    ["perplexity", perplexity.toPrecision(6)],
  ];
}
