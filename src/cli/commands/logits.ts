/**
 * `logits`: writes the numbers themselves into files that NumPy reads.
 * @module
 */
import { resolve } from "node:path";
import { brief } from "../../brief.ts";
import { writeNpy } from "../../checkpoint/numpy/npy.ts";
import { writeNpz } from "../../checkpoint/numpy/npz.ts";
import { isGolden, traceArrays } from "../../conformance/golden-arrays.ts";
import type { Gemma, Prompt } from "../../gemma.ts";
import type { Trace } from "../../interp/run/trace.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import type { FloatArray, NdArray } from "../../tensor/tensor.ts";
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { IDS_OPTION, promptFor, readPrompt, SPECIAL_OPTION } from "../options/prompt.ts";

const options = {
  text: { type: "string", value: "TEXT", help: 'The text; "-" reads stdin. BOS is added' },
  ids: IDS_OPTION,
  special: SPECIAL_OPTION,
  out: { type: "string", value: "FILE.npy", help: "Where the logits go: [T, V]" },
  trace: { type: "string", value: "FILE.npz", help: "Where the intermediates go" },
  ...MODEL_OPTIONS,
} as const;

export const logitsCommand: Command = {
  name: "logits",
  summary: "Write the logits of every position, and the intermediates, as NumPy files",
  usage: ["(--ids LIST | --text TEXT) --out FILE.npy [OPTIONS]"],
  description: `
    The logits are <f8 in float64, else <f4. The trace has the names and shapes of the goldens:
    trace.layers.0.attn_norm.f64 and so on; bfloat16 as bit patterns in uint16. With --ids no tokenizer
    is needed.`,
  options,
  examples: [
    "logits --ids 2,7,9 --out logits.npy",
    "logits --model gemma-2b --text Hello --out logits.npy --trace trace.npz",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    const { out, trace: traceFile } = values;
    if (out === undefined) throw new UsageError("expected --out FILE.npy");
    assertEnding("out", out, ".npy");
    assertEnding("trace", traceFile, ".npz");
    if (traceFile !== undefined && resolve(traceFile) === resolve(out)) {
      throw new UsageError("--out and --trace name the same file");
    }
    modelChoice(values);
    const { text, ids: list, special } = values;
    const places = { option: "text", text, ids: list, positionals, special };
    const given = await readPrompt(places, io);
    for (const file of [out, traceFile]) if (file !== undefined) await assertWritable(file);

    await withGemma(values, io, async (gemma) => {
      const { precision, name: backend } = gemma.model.backend.info;
      const prompt = promptFor(gemma, given, special);
      const ids = typeof prompt === "string" ? gemma.encode(prompt) : Array.from(prompt);
      const { logits, trace } = await compute(gemma, ids, traceFile !== undefined, io.signal);
      const { data, shape } = logits;
      await writeFileAtomically(out, writeNpy({ data, shape }));
      const arrays = trace && traceArrays(trace, gemma.config, precision);
      if (arrays && traceFile) await writeFileAtomically(traceFile, writeNpz(arrays));
      const report: Report = {
        out: { file: out, dtype: data instanceof Float64Array ? "<f8" : "<f4", shape },
        trace: arrays && { file: traceFile, arrays: [...arrays.keys()] },
        ids,
        precision,
        backend,
      };
      await io.stdout.write(values.json ? `${JSON.stringify(report)}\n` : asText(report));
    });
    return undefined;
  },
};

/** Readers go by the ending, and would meet other bytes. A name without one says nothing wrong. */
function assertEnding(option: string, file: string | undefined, ending: string): void {
  const [other] = /\.[a-z]\w*$/i.exec(file ?? "") ?? [];
  if (other === undefined || other.toLowerCase() === ending) return;
  throw new UsageError(`--${option} expects FILE${ending}, got ${brief(file)}`);
}

/** The JSON of `logits`. */
interface Report {
  readonly out: { readonly file: string; readonly dtype: string; readonly shape: number[] };
  readonly trace?: { readonly file?: string; readonly arrays: string[] };
  readonly ids: readonly number[];
  readonly precision: string;
  readonly backend: string;
}

interface Computed {
  readonly logits: NdArray;
  readonly trace?: Trace;
}

/** Logits of all positions, from the same pass as the trace if there is one. */
async function compute(
  gemma: Gemma,
  ids: Prompt,
  isTraced: boolean,
  signal: AbortSignal,
): Promise<Computed> {
  if (!isTraced) return { logits: await gemma.logits(ids, { signal }) };
  const trace = await gemma.trace(ids, { names: isGolden, signal });
  const logits = trace.get("logits") as NdArray;
  // A trace shows whatever came out. What is not finite is refused here as without one, by its cause.
  const isWhole = (logits.data as FloatArray).every(Number.isFinite);
  return { logits: isWhole ? logits : await gemma.logits(ids, { signal }), trace };
}

function asText({ out, trace }: Report): string {
  const logits = `${out.file}: logits [${out.shape.join(", ")}] ${out.dtype}\n`;
  return trace ? `${logits}${trace.file}: ${trace.arrays.length} intermediates\n` : logits;
}
