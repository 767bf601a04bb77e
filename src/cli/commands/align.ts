/**
 * `align`: the whole chain, from a pretrained model to an aligned one, in one command.
 * @module
 */
import { ALIGN_OPTIONS } from "../alignment/align-options.ts";
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { rewardCommand } from "./reward.ts";
import { rlhfCommand } from "./rlhf.ts";
import { sftCommand } from "./sft.ts";

const STAGES = { sft: sftCommand, reward: rewardCommand, rlhf: rlhfCommand };

export const alignCommand: Command = {
  name: "align",
  summary: "Tune, learn a reward, reinforce, and compare: the whole chain in one command",
  usage: ["demo --out DIR [OPTIONS]", "--sft FILE --pairs FILE --prompts FILE --out DIR [OPTIONS]"],
  description: `
    Three commands, one after another, each with a folder of its own in DIR, and a comparison: sft imitates the
    conversations of --sft; reward learns from --pairs which of two answers is better; rlhf lets the tuned
    model learn from that reward on --prompts. In the end the aligned model answers --questions beside the
    tuned one, and how often its answer is better stands there with an interval. demo takes no data: the bundled
    model learns to tell happy tales, in some minutes.

    Who compares in the end also watches the reinforcement: with demo the rule by which the pairs were
    labelled, else --judge, a second reward model. Without one the reward model judges its own pupil, and the
    report says so. No judge here sees an order; DIR/pairs.jsonl is for judge, which shows both.

    Ctrl-C saves the stage at work. The same command with --resume does no stage again that is done, and goes on
    with the others to the same bits. DIR/report.html has the curves, DIR/report.json all figures. With --json: a line
    {stage, …} a step, {stage, result} a stage, and a last line {out, comparison}.`,
  options: ALIGN_OPTIONS,
  examples: [
    "align demo --out aligned",
    "align demo --out aligned --resume",
    "align --sft chats.jsonl --pairs pairs.jsonl --prompts asked.jsonl --out a",
    "chat --model aligned/rlhf",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(ALIGN_OPTIONS, argv);
    const isDemo = positionals.length === 1 && positionals[0] === "demo";
    if (positionals.length > 0 && !isDemo) {
      throw new UsageError(
        "expected demo, or --sft, --pairs and --prompts FILE: files are options",
      );
    }
    // Imported when asked for: what learns would make each command start later.
    const { align } = await import("../alignment/align.ts");
    await align(isDemo, values, STAGES, io);
    return undefined;
  },
};
