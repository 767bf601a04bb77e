/**
 * `logits`: the numbers themselves, into files that NumPy reads.
 * @module
 */
import { resolve } from "node:path";
import { writeNpy } from "../checkpoint/npy.ts";
import { writeNpz } from "../checkpoint/npz.ts";
import type { Gemma, Prompt } from "../gemma.ts";
import type { Trace } from "../model/trace.ts";
import type { NdArray } from "../tensor/tensor.ts";
import { type Command, parse, UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import { MODEL_OPTIONS, precisionOption, withGemma } from "./model-options.ts";
import { assertWritable, writeFileAtomically } from "./output-file.ts";
import { IDS_OPTION, readPrompt } from "./prompt-options.ts";
import { isGolden, traceArrays } from "./trace-arrays.ts";

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  out: { type: "string", value: "FILE.npy", help: "Where the logits go: [T, V]" },
  trace: { type: "string", value: "FILE.npz", help: "Where the intermediates go" },
  ...MODEL_OPTIONS,
} as const;

export const logitsCommand: Command = {
  name: "logits",
  summary: "Write the logits of every position, and the intermediates, as NumPy files",
  usage: ["(--ids LIST | --text TEXT) --out FILE.npy [OPTIONS]"],
  description: [
    "The logits are <f8 in float64, else <f4. The trace has the names and shapes of the",
    "goldens: trace.layers.0.attn_norm.f64 and so on; bfloat16 as bit patterns in uint16.",
    "With --ids no tokenizer is needed.",
  ],
  options,
  examples: [
    "logits --ids 2,7,9 --out logits.npy",
    "logits --model gemma-2b --text Hello --out logits.npy --trace trace.npz",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    const { out, trace: traceFile } = values;
    if (out === undefined) throw new UsageError("expected --out FILE.npy");
    if (traceFile !== undefined && resolve(traceFile) === resolve(out)) {
      throw new UsageError("--out and --trace name the same file");
    }
    precisionOption(values.precision);
    const prompt = await readPrompt(
      { option: "text", text: values.text, ids: values.ids, positionals },
      io,
    );
    for (const file of [out, traceFile]) if (file !== undefined) await assertWritable(file);

    await withGemma(values, io, async (gemma) => {
      const { config } = gemma;
      const { precision, name: backend } = gemma.model.backend.info;
      const ids = typeof prompt === "string" ? gemma.encode(prompt) : Array.from(prompt);
      const { logits, trace } = await compute(gemma, ids, traceFile !== undefined, io.signal);
      const { data, shape } = logits;
      await writeFileAtomically(out, writeNpy({ data, shape }));
      const report = {
        out: { file: out, dtype: data instanceof Float64Array ? "<f8" : "<f4", shape },
        ids,
        precision,
        backend,
      };
      if (trace === undefined || traceFile === undefined) {
        await io.stdout.write(
          values.json ? `${JSON.stringify(report)}\n` : `${said(report.out)}\n`,
        );
        return;
      }
      const arrays = traceArrays(trace, config, precision);
      await writeFileAtomically(traceFile, writeNpz(arrays));
      const traceReport = { file: traceFile, arrays: [...arrays.keys()] };
      await io.stdout.write(
        values.json
          ? `${JSON.stringify({ ...report, trace: traceReport })}\n`
          : `${said(report.out)}\n${traceFile}: ${arrays.size} intermediates\n`,
      );
    });
    return undefined;
  },
};

interface Computed {
  readonly logits: NdArray;
  readonly trace?: Trace;
}

/** Logits of all positions; with a trace they come out of the same pass. */
async function compute(
  gemma: Gemma,
  ids: Prompt,
  isTraced: boolean,
  signal: AbortSignal,
): Promise<Computed> {
  if (!isTraced) return { logits: await gemma.logits(ids, { signal }) };
  const trace = await gemma.trace(ids, { names: isGolden, signal });
  return { logits: trace.get("logits") as NdArray, trace };
}

function said({ file, dtype, shape }: { file: string; dtype: string; shape: number[] }): string {
  return `${file}: logits [${shape.join(", ")}] ${dtype}`;
}
