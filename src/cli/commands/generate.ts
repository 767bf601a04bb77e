/**
 * `generate`: continues a text, and shows it as it comes.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import type { GenerateOptions } from "../../generation/generate.ts";
import type { GeneratedToken, Generation } from "../../generation/generation.ts";
import type { ChatMessage } from "../../tokenizer/chat-format.ts";
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
import { ENDINGS, SAMPLING_OPTIONS, samplingOptions } from "../options/sampling.ts";
import { showAnswers } from "./generate-answers.ts";

const options = {
  prompt: { type: "string", value: "TEXT", help: 'The prompt; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  lines: LINES_OPTION,
  chat: { type: "boolean", help: "Ask it as a turn of a chat, for instruction-tuned models" },
  prefill: { type: "string", value: "TEXT", help: "With --chat: how the answer begins" },
  suffix: { type: "string", value: "TEXT", help: "Fill in what comes before it (CodeGemma)" },
  ...SAMPLING_OPTIONS,
  "top-logprobs": {
    type: "string",
    value: "N",
    help: "With --json: the N most probable, too",
  },
  samples: {
    type: "string",
    value: "N",
    help: "Draw N answers side by side; needs --temperature",
  },
  ...MODEL_OPTIONS,
} as const;

export const generateCommand: Command = {
  name: "generate",
  summary: "Continue a text, or answer a question",
  usage: ["[PROMPT] [OPTIONS]"],
  description: `
    The prompt is an argument, --prompt, --ids, or stdin without its last newline. The text streams to
    stdout; Ctrl-C ends it at once. A model without a tokenizer yields ids. With --json: a line
    {token, text, logprob} for each token, and a last line {finishReason, stopReason, seed, tokens,
    text, usage}. A text may come later than its token, never in part. With --lines or --samples the
    answers come one after another, each when it is whole, though all go side by side; with --json a
    line {line, seed, finishReason, stopReason, tokens, logprobs, text, usage} each. Lines count from
    1. With --top-logprobs lines have topLogprobs, too. What --prefill says is not shown again. With
    --suffix the prompt and it stand around a gap, and what belongs there is shown.`,
  options,
  examples: [
    "generate 'Once upon a time' --max-tokens 60",
    "generate --chat 'Tell me a story about Sam the crow.'",
    "generate --model gemma-2b-it --chat 'Why is it raining?' --temperature 0.7",
    "generate 'Once upon a time' --samples 4 --temperature 0.9",
    "generate --model codegemma-2b 'def mean(xs): return ' --suffix ' / len(xs)'",
    "generate --lines --chat --json < questions.txt > answers.jsonl",
    "echo 'Once upon a time' | gemma-reference generate --json",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    const { prompt: text, ids, special, lines, prefill, suffix } = values;
    // Refused now rather than after a model of gigabytes has been loaded.
    const topLogprobs = integerOption("top-logprobs", values["top-logprobs"], 1);
    const settings = { ...samplingOptions(values), topLogprobs, signal: io.signal };
    modelChoice(values);
    if (values.chat && ids !== undefined) {
      throw new UsageError("--chat wraps a text; ids are taken as they are");
    }
    if (values.chat && special) {
      throw new UsageError("--chat writes the special tokens itself; --special goes without it");
    }
    if (prefill !== undefined && !values.chat) {
      throw new UsageError(
        "--prefill begins the answer of a --chat; else write it behind the prompt",
      );
    }
    if (topLogprobs !== undefined && !values.json)
      throw new UsageError("--top-logprobs needs --json");
    if (suffix !== undefined && (values.chat || special || ids !== undefined)) {
      const what = "--suffix fills in between two texts";
      throw new UsageError(`${what}; --chat, --ids and --special go without it`);
    }
    const samples = integerOption("samples", values.samples, 1, 2 ** 16);
    if (samples !== undefined && !settings.temperature) {
      throw new UsageError("--samples needs --temperature: without it, all answers are the same");
    }
    const places = { option: "prompt", text, ids, positionals, special, lines };
    const given = linesOf(await readPrompt(places, io), lines);

    await withGemma(values, io, async (gemma) => {
      const prompts = given.map((one) =>
        values.chat && typeof one === "string"
          ? questionFor(gemma, one, prefill)
          : suffix !== undefined && typeof one === "string"
            ? gemma.encodeFill(one, suffix)
            : promptFor(gemma, one, special),
      );
      if (lines || samples !== undefined) {
        const list = { prompts, samples, isNumbered: lines === true, isJson: values.json === true };
        return showAnswers(gemma, list, settings, io);
      }
      const [prompt] = prompts;
      const write = values.json ? jsonLines(io) : plainText(gemma, settings.seed, io);
      await stream(gemma, prompt, settings, write);
    });
    io.signal.throwIfAborted(); // the text so far is out, but it is not the whole
    return undefined;
  },
};

/** The ids of a question, and of how its answer begins. */
function questionFor(gemma: Gemma, content: string, prefill: string | undefined): Prompt {
  const question: ChatMessage = { role: "user", content };
  if (prefill === undefined) return gemma.encodeChat([question]);
  const answer: ChatMessage = { role: "model", content: prefill };
  return gemma.encodeChat([question, answer], { continueFinalMessage: true });
}

/** Shows a generation. */
interface Writer {
  token(token: GeneratedToken): Promise<void>;
  end(generation: Generation): Promise<void>;
}

async function stream(
  gemma: Gemma,
  prompt: Prompt,
  settings: GenerateOptions,
  write: Writer,
): Promise<void> {
  const generation = gemma.generate(prompt, settings);
  for await (const token of generation) await write.token(token);
  await write.end(generation);
}

function plainText(
  { tokenizer }: Gemma,
  given: number | undefined,
  { stdout, stderr }: Io,
): Writer {
  let isFirst = true;
  return {
    async token({ token, text }) {
      const id = isFirst ? `${token}` : ` ${token}`;
      isFirst = false;
      await stdout.write(tokenizer ? text : id);
    },
    async end({ finishReason = "abort", seed, usage }) {
      await stdout.write("\n");
      if (!stderr.isTerminal) {
        // What was drawn can only be had again by its seed.
        if (seed !== undefined && given === undefined) await stderr.write(`[seed ${seed}]\n`);
        return;
      }
      const { generatedTokens, secondsToFirstToken: first = 0, tokensPerSecond } = usage;
      const rate = tokensPerSecond ? `, ${Number(tokensPerSecond.toPrecision(2))} per second` : "";
      const drawn = seed === undefined ? "" : `; seed ${seed}`;
      const said = `${generatedTokens} tokens, the first after ${Number(first.toPrecision(2))} s${rate}; ended by ${ENDINGS[finishReason]}${drawn}`;
      await stderr.write(`[${said}]\n`);
    },
  };
}

function jsonLines({ stdout }: Io): Writer {
  const tokens: number[] = [];
  let text = "";
  return {
    async token(token) {
      tokens.push(token.token);
      text += token.text;
      const { logprob, topLogprobs } = token;
      const line = { token: token.token, text: token.text, logprob, topLogprobs };
      await stdout.write(`${JSON.stringify(line)}\n`);
    },
    async end({ finishReason, stopReason, seed, usage }) {
      const end = { finishReason, stopReason, seed, tokens, text, usage };
      await stdout.write(`${JSON.stringify(end)}\n`);
    },
  };
}
