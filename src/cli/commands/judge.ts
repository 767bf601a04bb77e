/**
 * `judge`: which of two answers is better, says a model; how far that can be believed, say its verdicts.
 * @module
 */
import { join } from "node:path";
import type { AnswerStore } from "../../evaluation/answers/answer-store.ts";
import type { JudgedPair } from "../../judge/outcome.ts";
import { gemmaJudge } from "../../judge/run/gemma-judge.ts";
import { type JudgePairsOptions, judgePairs } from "../../judge/run/judge-pairs.ts";
import { type Judgement, judgedPairs } from "../../judge/run/judgement.ts";
import { ORDERS } from "../../judge/run/pair.ts";
import { INTERVAL_KINDS } from "../../judge/statistics/preference.ts";
import { VERDICT_RULES } from "../../judge/verdicts/parse-verdict.ts";
import { withAnswerFile } from "../../node/evaluation/answer-file.ts";
import { writeFileAtomically } from "../../node/write-atomically.ts";
import {
  type Command,
  choiceOption,
  integerOption,
  numberOption,
  parse,
  UsageError,
  type Values,
} from "../command.ts";
import type { Io } from "../io.ts";
import { type AnalysisOptions, analyse, analysisText } from "../judge/analysis.ts";
import { readPairs, readText, readVerdicts } from "../judge/files.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";

const { model: _, adapter: _beside, ...ARITHMETIC } = MODEL_OPTIONS;

const options = {
  pairs: { type: "string", value: "FILE", help: "Pairs of answers, a JSON object a line" },
  judge: {
    type: "string",
    value: "MODEL",
    help: "The model that judges: PATH, URL or hf:OWNER/NAME",
  },
  verdicts: { type: "string", value: "FILE", help: "Judge nothing: say what these verdicts mean" },
  orders: {
    type: "string",
    value: "WHICH",
    help: "How pairs are shown: both, shuffled (default: both)",
  },
  parse: {
    type: "string",
    value: "RULE",
    help: "Which verdict counts: last, fastchat, strict, likelihood",
  },
  criterion: {
    type: "string",
    multiple: true,
    value: "TEXT",
    help: "What makes an answer good; repeatable",
  },
  rubric: { type: "string", value: "FILE", help: "How to grade: a text" },
  rules: { type: "string", value: "FILE", help: "A constitution: principles, one a line" },
  "max-tokens": {
    type: "string",
    value: "N",
    help: "Most tokens of an explanation (default: 1024)",
  },
  "at-once": { type: "string", value: "N", help: "Questions side by side (default: 4)" },
  out: {
    type: "string",
    value: "DIR",
    help: "Keep answers and verdicts there, and go on from them",
  },
  interval: {
    type: "string",
    value: "KIND",
    help: "wilson, wilson-ties, normal, bootstrap, bootstrap-exact",
  },
  level: { type: "string", value: "X", help: "How sure the interval is (default: 0.95)" },
  "prior-ties": { type: "string", value: "X", help: "Ties added between every two of many models" },
  seed: { type: "string", value: "N", help: "Of shuffled orders and the bootstrap (default: 0)" },
  ...ARITHMETIC,
} as const;

const BETWEEN = { as: "a number above 0 and below 1", includes: (x: number) => x > 0 && x < 1 };
const POSITIVE = { as: "0 or a positive number", includes: (x: number) => x >= 0 };

export const judgeCommand: Command = {
  name: "judge",
  summary: "Let a model say which of two answers is better, and see if it can be believed",
  usage: ["--pairs FILE --judge MODEL [OPTIONS]", "--verdicts FILE [OPTIONS]"],
  description: `
    A line of --pairs is {"question", "answers": [of the first model, of the second]}, and may have "id",
    "models": [two names], "reference", and "better": "model_1", "model_2" or "tie" where that is known; lists of
    texts are conversations, turn by turn. The judge must be instruction-tuned.

    Each pair is shown in both orders, and is won if both verdicts say so. The win rate is win + tie/2. With
    three models or more their strengths are fitted (Bradley–Terry). Beside it stands what the verdicts tell
    about the judge: whether it prefers the answer shown first, or the longer one, or guesses.

    --parse likelihood compares how probable [[A]], [[B]] and [[C]] are behind the explanation, so that there is always a
    verdict. --out keeps what was said in DIR/answers.jsonl, and the same command goes on there; DIR/verdicts.jsonl is
    for --verdicts, which takes lines {"models", "winners"} too. With --json an object {models, preference, ranking, judge}.`,
  options,
  examples: [
    "judge --pairs pairs.jsonl --judge gemma-7b-it --out judged",
    "judge --verdicts judged/verdicts.jsonl --interval bootstrap-exact",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length > 0) throw new UsageError("files are options: --pairs FILE");
    const analysis = analysisOptions(values);
    const given = (["pairs", "verdicts"] as const).filter((name) => values[name] !== undefined);
    if (given.length !== 1) {
      const got = given.length === 0 ? "neither" : "both";
      throw new UsageError(`expected --pairs FILE to judge, or --verdicts FILE, got ${got}`);
    }
    const pairs =
      values.verdicts === undefined
        ? await judged(values, io)
        : await readVerdicts(values.verdicts);
    const found = analyse(pairs, analysis);
    const json = () => `${JSON.stringify(found, withoutTypedArrays)}\n`;
    await io.stdout.write(values.json ? json() : analysisText(found));
    return undefined;
  },
};

type JudgeValues = Values<typeof options>;

function analysisOptions(values: JudgeValues): AnalysisOptions {
  return {
    interval: choiceOption("interval", values.interval, INTERVAL_KINDS),
    level: numberOption("level", values.level, BETWEEN),
    priorTies: numberOption("prior-ties", values["prior-ties"], POSITIVE),
    seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1),
  };
}

async function judged(values: JudgeValues, io: Io): Promise<JudgedPair[]> {
  const { judge: model, out } = values;
  const parsing = [...VERDICT_RULES, "likelihood"] as const;
  const settings: JudgePairsOptions = {
    orders: choiceOption("orders", values.orders, ORDERS),
    verdicts: choiceOption("parse", values.parse, parsing),
    seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1),
    atOnce: integerOption("at-once", values["at-once"], 1) ?? 4,
    criteria: values.criterion,
    signal: io.signal,
    ...(await instructionFiles(values)),
  };
  const maxTokens = integerOption("max-tokens", values["max-tokens"], 1);
  modelChoice(values);
  const pairs = await readPairs(values.pairs as string);
  const ask = (store?: AnswerStore) =>
    withGemma({ ...values, model }, io, async (gemma) => {
      const judgements: Judgement[] = [];
      const onProgress = progressLine(io);
      const judge = gemmaJudge(gemma, { maxTokens });
      const running = judgePairs(judge, pairs, { ...settings, store, onProgress });
      for await (const judgement of running) judgements.push(judgement);
      return judgements;
    });
  if (out === undefined) return judgedPairs(await ask());
  const judgements = await withAnswerFile(join(out, "answers.jsonl"), ask, io.signal);
  const lines = judgements.map((judgement) => `${JSON.stringify(judgement)}\n`);
  const bytes = new TextEncoder().encode(lines.join(""));
  await writeFileAtomically(join(out, "verdicts.jsonl"), bytes);
  return judgedPairs(judgements);
}

async function instructionFiles({ rubric, rules }: JudgeValues) {
  const lines = rules === undefined ? undefined : (await readText(rules)).split("\n");
  return {
    rubric: rubric === undefined ? undefined : await readText(rubric),
    constitution: lines?.map((line) => line.trim()).filter((line) => line !== ""),
  };
}

/** A line on a terminal, rewritten: how many are judged. */
function progressLine({ stderr }: Io): JudgePairsOptions["onProgress"] {
  if (!stderr.isTerminal) return undefined;
  return ({ done, total, errors }) => {
    const text = done === total ? "" : `Judged ${done} of ${total}, ${errors} without a verdict`;
    stderr.write(`\r\x1b[K${text}`).catch(() => {}); // not worth an error
  };
}

const withoutTypedArrays = (_: string, value: unknown) =>
  value instanceof Float64Array ? Array.from(value) : value;
