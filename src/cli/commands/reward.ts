/**
 * `reward`: trains a reward model on preferences, and asks it.
 * @module
 */
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { REWARD_OPTIONS } from "../reward/options.ts";
import { LEARNING_OPTIONS, TUNING_OPTIONS } from "../training/options.ts";

const options = { ...TUNING_OPTIONS, ...REWARD_OPTIONS, ...LEARNING_OPTIONS } as const;

export const rewardCommand: Command = {
  name: "reward",
  summary: "Train a model to judge answers as people do, and ask it",
  usage: [
    "PAIRS.jsonl --model MODEL --out DIR [OPTIONS]",
    "--score ANSWERS.jsonl --model DIR [OPTIONS]",
    "demo [OPTIONS]",
  ],
  description: `
    PAIRS has a JSON object a line, as TRL reads them: {"prompt", "chosen", "rejected"}, or {"chosen",
    "rejected"} with the question at the beginning of both; "margin" if there is one. The model begins
    from MODEL, best one that is tuned already, with a head that gives each answer one number.

    DIR is Hugging Face's GemmaForSequenceClassification with one label. With --lora it has the
    factors merged in, and DIR/adapter has them and the head as PEFT reads them. With --valid the
    end says how many pairs it orders as labelled, how sure it was, and what it thinks of
    empty, repeated and broken answers. --score gives the reward of each row: {"messages"},
    {"prompt", "completion"}, or pairs. A run is stopped, resumed, saved and logged as by sft. With
    --json: a line a step or a row, and a last line {out, calibration, probes}.`,
  options,
  examples: [
    "reward demo",
    "reward pairs.jsonl --model tuned --out judge --valid held-out.jsonl --lr 3e-4",
    "reward pairs.jsonl --model gemma-2b-it --out judge --lora",
    "reward --score answers.jsonl --model judge",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    const isScoring = values.score !== undefined;
    if (positionals.length !== (isScoring ? 0 : 1)) {
      const got = positionals.length === 0 ? "nothing" : positionals.join(" ");
      const expected = isScoring ? "no file but that of --score" : "one file PAIRS.jsonl, or demo";
      throw new UsageError(`expected ${expected}, got ${got}`);
    }
    // Imported when asked for: what learns would make each command start later.
    if (values.score !== undefined) {
      const { scoreAnswers } = await import("../reward/score-answers.ts");
      await scoreAnswers(values.score, values, io);
      return undefined;
    }
    const { learnReward } = await import("../reward/learn-reward.ts");
    await learnReward(positionals[0], values, io);
    return undefined;
  },
};
