/**
 * `bench`: measures how fast a backend runs a Gemma of random weights, beside what the machine can do at most.
 * @module
 */
import { bench } from "../../bench/bench.ts";
import { PRECISION_NAMES } from "../../tensor/precision.ts";
import { whileBusy } from "../bench/busy.ts";
import { sweepRoom, thisMachine, withHint } from "../bench/machine.ts";
import { SETTING_OPTIONS, settingsOf } from "../bench/settings.ts";
import { benchText } from "../bench/text.ts";
import { type Command, choiceOption, integerOption, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

const options = {
  ...SETTING_OPTIONS,
  precision: {
    type: "string",
    value: "NAME",
    help: `Arithmetic: ${PRECISION_NAMES.join(", ")} (default: the backend's own)` as string,
  },
  rounds: { type: "string", value: "N", help: "Rounds (default: 5, or what begins in a minute)" },
  seed: { type: "string", value: "N", help: "Seed of the weights, 32 bits (default: 1)" },
  busy: { type: "boolean", help: "Measure while other processes keep every core busy, too" },
} as const;

export const benchCommand: Command = {
  name: "bench",
  summary: "Measure the speed of a backend, beside the limits of the machine",
  usage: ["[OPTIONS]"],
  description: `
    The weights are random numbers made in memory: nothing is downloaded. Where an option takes a list,
    every combination is measured, in turn, round by round, so that figures can be compared. Each figure
    is the best round; --json has the median, too.

    GB/s are bytes of weights as stored, each read once a step; GFLOP/s count the products of a prompt.
    The limits are measured between the rounds: a sweep that reads as many bytes as there are weights,
    on as many threads, and additions and multiplications on registers alone. Those of a GPU are
    measured on the GPU.

    One combination comes with a profile of its steps, and with --json is one object; several are
    {machine, runs}, each with its profile.`,
  options,
  examples: [
    "bench --config 2b --layers 4",
    "bench --dtype bf16,q8_0,q4_0 --json",
    "bench --batch 1,8 --position 16,4000",
    "bench --backend webgpu --prefill 512",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"`);
    const precision = choiceOption("precision", values.precision, PRECISION_NAMES);
    const settings = settingsOf(values, precision);
    const runs = await bench(settings, {
      precision,
      rounds: integerOption("rounds", values.rounds, 1),
      seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1),
      sweepRoom: () => sweepRoom(settings),
      ...(values.busy && { whileBusy }),
      signal: io.signal,
      onStep(step) {
        if (io.stderr.isTerminal) void io.stderr.write(`bench ${step}\n`).catch(() => {});
      },
    }).catch((error) => {
      throw withHint(error);
    });
    const machine = thisMachine();
    if (!values.json) await io.stdout.write(benchText(runs, machine));
    else {
      const said = runs.length === 1 ? { machine, ...runs[0] } : { machine, runs };
      await io.stdout.write(`${JSON.stringify(said)}\n`);
    }
    return undefined;
  },
};
