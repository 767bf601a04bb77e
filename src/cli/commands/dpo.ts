/**
 * `dpo`: teaches a model preferences, without a reward model.
 * @module
 */
import { type Command, parse, UsageError } from "../command.ts";
import { DPO_OPTIONS } from "../dpo/options.ts";
import type { Io } from "../io.ts";
import { LEARNING_OPTIONS, TUNING_OPTIONS } from "../training/options.ts";

const options = { ...TUNING_OPTIONS, ...DPO_OPTIONS, ...LEARNING_OPTIONS } as const;

export const dpoCommand: Command = {
  name: "dpo",
  summary: "Teach a model which of two answers is preferred, by pairs alone",
  usage: ["PAIRS.jsonl --model MODEL --out DIR [OPTIONS]", "demo [OPTIONS]"],
  description: `
    PAIRS has a JSON object a line, as TRL reads them: {"prompt", "chosen", "rejected"}, or {"chosen",
    "rejected"} with the question at the beginning of both. The model begins from MODEL, one that is tuned
    already (sft), which is also what it is held to: direct preference optimisation, --beta and
    --smoothing as in its paper. demo takes no data: the bundled model learns which tales are liked.

    What the model made of all pairs at the beginning is computed before the first step, and kept with the
    run. Look at both log-probabilities: that of the preferred answers may fall, too. DIR then opens as a
    model everywhere, and a run is stopped, resumed, saved and logged as by sft. With --json: a line
    {step, loss, figures, ...} a step, with validLoss and validFigures where they were measured, and a
    last line {out, validFigures}.`,
  options,
  examples: [
    "dpo demo",
    "dpo pairs.jsonl --model tuned --out better --valid held-out.jsonl --lr 1e-4",
    "dpo pairs.jsonl --model gemma-2b-it --out better --lora --beta 0.2",
    "chat --model better",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length !== 1) {
      const got = positionals.length === 0 ? "nothing" : `${positionals.length} files`;
      throw new UsageError(`expected one file PAIRS.jsonl, or demo, got ${got}`);
    }
    // Imported when asked for: what learns would make each command start later.
    const { learnDpo } = await import("../dpo/learn-dpo.ts");
    await learnDpo(positionals[0], values, io);
    return undefined;
  },
};
