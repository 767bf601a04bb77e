/**
 * `verify sketch`: writes down what the reference says of a model's prompts, so that another engine with the same
 * weights can be held against it.
 * @module
 */
import { basename, resolve } from "node:path";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { ACCURACIES, accuracyNamed } from "../../conformance/accuracy.ts";
import { makeSketch } from "../../conformance/real/make-sketch.ts";
import { writeSketch } from "../../conformance/real/sketch.ts";
import { ArgumentError } from "../../errors.ts";
import { isHubReference } from "../../node/hub/reference.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import { formatBytes } from "../../table.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { type Command, idsOption, integerOption, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";

/** Short, and about different things. */
const TEXTS = [
  "The capital of France is",
  "Once upon a time, there was a",
  "def add(a, b):\n    return",
] as const;

const options = {
  model: {
    type: "string",
    value: "MODEL",
    help: "PATH, URL or hf:OWNER/NAME (default: the bundled tiny model)",
  },
  out: { type: "string", value: "FILE.json", help: "Where the sketch goes" },
  text: {
    type: "string",
    multiple: true,
    value: "TEXT",
    help: "A prompt, BOS is added; may be given again (default: three of ours)",
  },
  ids: {
    type: "string",
    multiple: true,
    value: "LIST",
    help: "A prompt as token ids, with BOS: 2,7,9; may be given again",
  },
  continue: {
    type: "string",
    value: "N",
    help: "Tokens by which each prompt is continued, greedily (default: 16)",
  },
  accuracy: {
    type: "string",
    multiple: true,
    value: "CLASS",
    help: `Measure budgets for: ${ACCURACIES.join(", ")}; may be given again (default: all)`,
  },
  "all-ways": {
    type: "boolean",
    help: "Measure budgets on all ways to compute, also for a model of gigabytes",
  },
} as const;

export const sketchCommand: Command = {
  name: "verify sketch",
  summary: "Write down what the reference says of a model, to hold another engine against it",
  usage: ["--out FILE.json [OPTIONS]"],
  description: `
    A sketch holds, for each position of each prompt, the 32 largest logits, those of 64 random tokens,
    and the sum over all; of the residual stream behind each block, 64 random sums; of each weight, the
    SHA-256. It has no weights in it, and a megabyte or so. verify --sketch FILE.json holds an engine
    against it, and says in which block it first goes wrong.

    The reference computes in float64, and then once more in each of the ways that an engine which is
    right may go, by accuracy class: four times the worst of these is the budget. The weights are held in
    memory as they are stored. One token of the 2B takes some six seconds in each way, and three times as
    long where weights are quantised; so few ways are gone for a model of more than 20 million parameters,
    and --accuracy leaves out the classes that you do not need.`,
  options,
  examples: [
    "verify sketch --model gemma-2b --out gemma-2b.sketch.json --accuracy bfloat16",
    "verify sketch --model gemma-2b --ids 2,651,6037,576,6081,603 --continue 0 --out france.json",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length > 0) throw new UsageError(`expected no argument, got ${positionals[0]}`);
    const { out, model = tinyModelPath(), text = [], ids = [] } = values;
    if (out === undefined) throw new UsageError("expected --out FILE.json");
    const continueBy = integerOption("continue", values.continue);
    const accuracies = values.accuracy?.map(namedAccuracy);
    const lists = ids.map((list) => idsOption("ids", list) as number[]);
    await assertWritable(out);
    const source = await openSource(model, io, { download: true });
    const checkpoint = await openCheckpoint(source, { signal: io.signal });
    try {
      const prompts = [...lists, ...textIds(checkpoint, text, lists.length > 0)];
      const { config, tensors } = checkpoint;
      const sketch = await makeSketch({ name: nameOf(model), config, tensors }, prompts, {
        continueBy,
        accuracies,
        ...(values["all-ways"] && { ways: "all" }),
        signal: io.signal,
        onStep: (step) => void io.stderr.write(`${step}\n`).catch(() => {}),
      });
      const bytes = writeSketch(sketch);
      await writeFileAtomically(out, bytes);
      const summary = { out, bytes: bytes.length, prompts: prompts.length };
      const said = `${out}: ${formatBytes(bytes.length)}, prompts: ${prompts.length}`;
      await io.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${said}\n`);
    } finally {
      await checkpoint.close();
    }
    return undefined;
  },
};

function namedAccuracy(name: string): ReturnType<typeof accuracyNamed> {
  try {
    return accuracyNamed("verify sketch", name);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(`--accuracy expects ${error.expected}, got ${error.got}`);
  }
}

/** The ids of texts, of ours where there is no prompt at all. */
function textIds(
  { tokenizer: file, name }: Checkpoint,
  texts: readonly string[],
  hasIds: boolean,
): number[][] {
  const wanted = texts.length === 0 && !hasIds ? TEXTS : texts;
  if (wanted.length === 0) return [];
  if (!file) throw new UsageError(`${name} has no tokenizer: give --ids`);
  const tokenizer = new Tokenizer(file.model(), file.name);
  return wanted.map((text) => [tokenizer.bosId, ...tokenizer.encode(text)]);
}

/** What the sketch calls the model: only the last part of a path. */
function nameOf(model: string): string {
  return isHubReference(model) ? model.replace(/^hf:.*\//, "") : basename(resolve(model));
}
