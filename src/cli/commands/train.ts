/**
 * `train`: pretrains a model, from scratch or on from one that is there.
 * @module
 */
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { LEARNING_OPTIONS, TRAIN_OPTIONS } from "../training/options.ts";

const options = { ...TRAIN_OPTIONS, ...LEARNING_OPTIONS } as const;

export const trainCommand: Command = {
  name: "train",
  summary: "Pretrain a model, from scratch or from where it is",
  usage: [
    "DATA... --config config.json --out DIR [OPTIONS]",
    "DATA... --model MODEL --out DIR [OPTIONS]",
  ],
  description: `
    DATA is NAME=FILE, or FILE alone: JSON lines {"text"}, or token ids of a corpus as .npy, or as an
    array of an archive, corpus.npz:stories. Texts are joined with BOS and EOS between them, and cut into
    windows. Several sources are drawn from by how much they have, or by --mixture: 0:web=9,maths=1 and
    0.8:web=1,maths=1 has as much of both from 80 % of the run on.

    DIR then opens as a model everywhere: generate --model DIR. Weights are learnt in float32 and written
    as bfloat16. log.jsonl has what each step reported. Ctrl-C saves the run, and so does every 50th step:
    the same command with --resume goes on, and comes to the same bits as a run that was never stopped.
    With --json: a line {step, steps, loss, targets, gradientNorm, lr, tokensPerSecond, secondsLeft} a
    step, with validLoss where it was measured, and a last line {out}.`,
  options,
  examples: [
    "train stories.jsonl --config config.json --out model --steps 300 --lr 3e-3",
    "train corpus.npz:stories corpus.npz:facts --config config.json --out model \\\n      --mixture 0:stories=9,facts=1 --mixture 0.7:stories=1,facts=1",
    "train more.jsonl --model gemma-2b --out more --lr 1e-5 --recompute",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length === 0) throw new UsageError("expected DATA, a file of texts or tokens");
    if ((values.model === undefined) === (values.config === undefined)) {
      const got = values.model === undefined ? "neither" : "both";
      throw new UsageError(`expected --config, for a model from scratch, or --model, got ${got}`);
    }
    // Imported when asked for: what learns would make each command start later.
    const { pretrain } = await import("../training/pretrain.ts");
    await pretrain(positionals, values, io);
    return undefined;
  },
};
