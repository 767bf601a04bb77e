/**
 * `sft`: tunes a model on conversations.
 * @module
 */
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { LEARNING_OPTIONS, SFT_OPTIONS, TUNING_OPTIONS } from "../training/options.ts";

const options = { ...TUNING_OPTIONS, ...SFT_OPTIONS, ...LEARNING_OPTIONS } as const;

export const sftCommand: Command = {
  name: "sft",
  summary: "Tune a model on conversations, whole or by low-rank factors",
  usage: ["DATA.jsonl --model MODEL --out DIR [OPTIONS]", "demo [OPTIONS]"],
  description: `
    DATA has a JSON object a line, as TRL reads them: {"messages"}, or {"prompt", "completion"}. Learnt
    are the answers and the token that ends a turn, not the questions. demo takes no data: it tunes the
    bundled model on the conversations that come with the package, in under a minute.

    DIR then opens as a model everywhere: chat --model DIR. With --lora it has the factors merged in, and
    DIR/adapter has them as PEFT reads them. Weights are learnt in float32 and written as bfloat16.
    log.jsonl has what each step reported. Ctrl-C saves the run, and so does every 50th step: the same
    command with --resume goes on, and comes to the same bits as a run that was never stopped. With
    --json: a line {step, steps, loss, targets, gradientNorm, lr, tokensPerSecond, secondsLeft} a step,
    with validLoss where it was measured, and a last line {out, answers}.`,
  options,
  examples: [
    "sft demo",
    "sft demo --out tuned --html curve.html",
    "sft chats.jsonl --model gemma-2b --out tuned --lora --rank 8 --lr 2e-4",
    "sft chats.jsonl --valid held-out.jsonl --answers --out tuned --steps 150 --lr 1e-3",
    "chat --model tuned",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length !== 1) {
      const got = positionals.length === 0 ? "nothing" : `${positionals.length} files`;
      throw new UsageError(`expected one file DATA.jsonl, or demo, got ${got}`);
    }
    // Imported when asked for: what learns would make each command start later.
    const { tune } = await import("../training/tune.ts");
    await tune(positionals[0], values, io);
    return undefined;
  },
};
