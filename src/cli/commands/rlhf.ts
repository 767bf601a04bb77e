/**
 * `rlhf`: a tuned model learns from what a judge says of its answers.
 * @module
 */
import { RLHF_OPTIONS } from "../alignment/rlhf-options.ts";
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

export const rlhfCommand: Command = {
  name: "rlhf",
  summary: "Let a tuned model learn from what a reward model says of its answers",
  usage: ["PROMPTS.jsonl --model MODEL --reward REWARD --out DIR [OPTIONS]"],
  description: `
    PROMPTS has a JSON object a line: {"prompt"}, with or without answers beside it. Each step takes some
    prompts, draws a group of answers to each at temperature 1, and makes those more probable that have a higher
    reward than the others of their group, less beta for each nat that the policy is away from the model that it
    began with (REINFORCE, leave-one-out baseline). REWARD is a folder that reward has written, or rule: the
    rule of the tales, which come with the package.

    Before the first step, answers of the model say what the best policy would reach. A monitor warns of a
    reward that is bought too dearly: of nats that no longer pay, of answers that become one. --judge is a second
    judge, from whom nothing is learnt: where the reward rises and its score does not, the monitor says so, too.
    --monitor stop ends the run there. The rate stays as it is behind its warm-up. With --lora the reference is the model
    without its factors, so the weights are there once.

    DIR is as of sft: a model, the run with its log, and --resume goes on to the same bits. With --json: a line a
    step with reward, judge, shaped, k1, k2, k3, length, entropy, closed, distinct, gap and warnings, and a last line
    {out, optimum}.`,
  options: RLHF_OPTIONS,
  examples: [
    "rlhf prompts.jsonl --model tuned --reward judge --out aligned --steps 60 --lr 1e-4",
    "rlhf asked.jsonl --model tuned --reward judge --monitor stop --out aligned",
    "chat --model aligned",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(RLHF_OPTIONS, argv);
    if (positionals.length !== 1) {
      const got = positionals.length === 0 ? "nothing" : `${positionals.length} files`;
      throw new UsageError(`expected one file PROMPTS.jsonl, got ${got}`);
    }
    // Imported when asked for: what learns would make each command start later.
    const { reinforce } = await import("../alignment/rlhf.ts");
    await reinforce(positionals[0], values, io);
    return undefined;
  },
};
