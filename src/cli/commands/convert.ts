/**
 * `convert`: writes a checkpoint in another format, for other engines.
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { hfFiles } from "../../checkpoint/beside/write.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { asType } from "../../checkpoint/encode/as-type.ts";
import { type SafetensorsOptions, safetensorsType } from "../../checkpoint/encode/encode.ts";
import { ENDS } from "../../checkpoint/gguf/ends.ts";
import { type GgufOptions, writeGguf } from "../../checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { untiedWarning } from "../../checkpoint/untied.ts";
import { eosTokenIds } from "../../config.ts";
import { openAdapter } from "../../load-adapter.ts";
import { matchWeights } from "../../model/weights/match.ts";
import { isHubReference } from "../../node/hub/reference.ts";
import {
  assertFree,
  assertNoneOf,
  assertWritable,
  writeFileAtomically,
  writeFolderAtomically,
} from "../../node/write-atomically.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { isUrl } from "../../source/http/open-url.ts";
import { publicUrl } from "../../source/http/request.ts";
import { oneAhead } from "../../source/one-ahead.ts";
import { formatBytes } from "../../table.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import type { Adapter } from "../../tuning/lora/adapter.ts";
import { mergeAdapter } from "../../tuning/lora/merge.ts";
import { type LoraGgufType, writeLoraGguf } from "../../tuning/lora-gguf/write.ts";
import { type Command, choiceOption, type Meanings, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";

const PLAIN_TYPES = ["F32", "F16", "BF16"] as const;
const TYPES = [...PLAIN_TYPES, "Q8_0", "Q4_0"] as const;

const MEANT: Meanings<(typeof TYPES)[number]> = {
  words: {
    F32: "fp32 float32 float",
    F16: "fp16 float16 half",
    BF16: "bfloat16",
    Q8_0: "q8 int8 8bit",
    Q4_0: "q4 int4 4bit",
  },
  sentences: [
    [
      /^i?q\d/,
      "llama-quantize, of llama.cpp, makes the others from a GGUF file of F32, F16 or BF16",
    ],
  ],
};

const options = {
  type: {
    type: "string",
    value: "TYPE",
    help: `Matrices as ${TYPES.join(", ")} (default: as they are)`,
  },
  adapter: {
    type: "string",
    value: "DIR",
    help: "Merge a LoRA into it: PEFT's folder, or a GGUF file",
  },
  "adapter-only": {
    type: "boolean",
    help: "Write the adapter alone, for llama.cpp's --lora",
  },
  name: {
    type: "string",
    value: "TEXT",
    help: "What a GGUF file calls the model (default: IN's name)",
  },
} as const;

/** The JSON that is written beside the weights. */
interface Provenance {
  readonly from: string;
  /** What was merged into it. */
  readonly adapter?: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly type: string;
  readonly writer: string;
}

export const convertCommand: Command = {
  name: "convert",
  summary: "Write a checkpoint as GGUF, safetensors or .npz, for other engines",
  usage: ["IN OUT.gguf [OPTIONS]", "IN OUT.npz [OPTIONS]", "IN OUT-FOLDER [OPTIONS]"],
  description: `
    IN is a checkpoint, as the other commands take it with --model. An OUT that ends with .gguf is a
    GGUF file, which llama.cpp reads. One that ends with .npz is an archive that numpy.load reads, with
    config.json and tokenizer.model in it. Any other OUT is a new folder with config.json,
    model.safetensors and tokenizer.model, which transformers and vLLM read.

    Weights pass through a few megabytes at a time. OUT appears when it is whole; an older file stays
    until then. A run that was killed leaves OUT.*.tmp, which the next run to the same OUT removes. The
    origin of the weights and their SHA-256 are written beside them, as OUT.gguf.json, OUT.npz.json or
    model.safetensors.json.

    The blocks of Q8_0 and Q4_0 are those of llama.cpp, to the bit; in an .npz and in a folder they
    become F32, exactly. With --adapter the weights are W + s B A, summed in float64 and rounded once, to
    --type or to what they were; what was quantised becomes F32 without --type. NumPy has no name for the bfloat16 in an .npz: use
    array.view(ml_dtypes.bfloat16).`,
  options,
  examples: [
    "convert gemma-2b-it gemma-2b-it.gguf",
    "convert gemma-2b-it gemma-2b-it.Q8_0.gguf --type Q8_0",
    "convert gemma-2b-it.gguf gemma-2b-it --type BF16",
    "convert gemma-2b-it gemma-2b-it.npz --type F32",
    "convert gemma-2b-it poet.gguf --adapter poet --type Q8_0",
    "convert gemma-2b-it poet.lora.gguf --adapter poet --adapter-only",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    const type = choiceOption("type", values.type, TYPES, MEANT);
    if (positionals.length !== 2) {
      const count = positionals.length === 1 ? "1 argument" : `${positionals.length}`;
      throw new UsageError(`expected IN and OUT, got ${count}`);
    }
    const [from, out] = positionals;
    const only = values["adapter-only"] === true;
    if (only) assertAdapterOnly(out, values.adapter, type);
    const write = only ? { isFolder: false, run: writeGgufFile } : writerOf(out, type);
    if (values.name !== undefined && !/\.gguf$/i.test(out)) {
      throw new UsageError("--name is written into GGUF files only: give OUT.gguf");
    }
    const files = write.isFolder ? [] : [out, `${out}.json`];
    if (write.isFolder) await assertFree(out);
    for (const file of files) await assertWritable(file);
    const source = await openSource(from, io, { download: true });
    const opened = await openCheckpoint(source, { signal: io.signal });
    try {
      const { name, warnings = [] } = opened;
      for (const warning of warnings) await io.stderr.write(`Warning: ${warning}.\n`);
      const adapter =
        values.adapter === undefined
          ? undefined
          : await openAdapter("convert", values.adapter, opened.config, io.signal);
      const tensors = adapter ? mergedTensors(opened, adapter, type) : opened.tensors;
      const read = new Set([...tensors.values()].flatMap(({ file }) => file ?? []));
      for (const file of files) await assertNoneOf(file, read);
      // Checked before a file is begun. Rows beyond the vocabulary are left out; the order is that of IN.
      const { config, weights } = await matchWeights(opened.config, tensors, name, io.signal);
      const kept = [...tensors.keys()].flatMap((key) => {
        const tensor = weights.get(key);
        return tensor ? [[key, tensor] as const] : [];
      });
      const checkpoint: Checkpoint = { ...opened, config, tensors: new Map(kept) };
      const untied = untiedWarning(opened, config);
      if (untied) await io.stderr.write(`Warning: ${untied}.\n`);
      const provenance = await write.run(checkpoint, {
        from: nameOf(from),
        adapter: values.adapter === undefined ? undefined : nameOf(values.adapter),
        out,
        type,
        name: values.name,
        only: only ? adapter : undefined,
        io,
      });
      const json = JSON.stringify(provenance);
      const said = `${out}: ${formatBytes(provenance.bytes)}, sha256 ${provenance.sha256}`;
      await io.stdout.write(values.json ? `${json}\n` : `${said}\n`);
    } finally {
      await opened.close();
    }
    return undefined;
  },
};

/** The weights with an adapter in them. Without a type each is what it was: bfloat16 may lose a change that is too small. */
function mergedTensors(
  opened: Checkpoint,
  adapter: Adapter,
  type: Job["type"],
): Checkpoint["tensors"] {
  const { tensors } = mergeAdapter(opened.tensors, adapter, { dtype: "float64" });
  if (type !== undefined) return tensors;
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const old = opened.tensors.get(name)?.dtype;
      if (!adapter.pairs.has(name) || old === undefined) return [name, tensor];
      return [name, asType(tensor as WeightSource, safetensorsType(old))];
    }),
  );
}

/** Where the weights came from, for others to read: only the last part of a path. */
function nameOf(from: string): string {
  if (isHubReference(from)) return from;
  return isUrl(from) ? publicUrl(from) : basename(resolve(from));
}

interface Job {
  readonly from: string;
  readonly adapter?: string;
  readonly out: string;
  readonly type?: (typeof TYPES)[number];
  readonly name?: string;
  /** What is written in the model's place. */
  readonly only?: Adapter;
  readonly io: Io;
}

interface Writer {
  /** Whether OUT is a new folder. A file has its provenance beside it. */
  readonly isFolder: boolean;
  run(checkpoint: Checkpoint, job: Job): Promise<Provenance>;
}

function writerOf(out: string, type: Job["type"]): Writer {
  if (/\.gguf$/i.test(out)) return { isFolder: false, run: writeGgufFile };
  const isNpz = /\.npz$/i.test(out);
  if (
    /\.(safetensors|bin|ckpt|pt|pth|pkl|h5|keras|onnx|tflite|ggml|npy|json|model|zip|tar|gz)$/i.test(
      out,
    )
  ) {
    throw new UsageError(`expected OUT.gguf, OUT.npz or a folder (for safetensors), got ${out}`);
  }
  if (type !== undefined && !isPlain(type)) {
    const format = isNpz ? ".npz" : "safetensors";
    throw new UsageError(`${format} has no ${type}: give ${PLAIN_TYPES.join(", ")}, or OUT.gguf`);
  }
  return isNpz ? { isFolder: false, run: writeNpzFile } : { isFolder: true, run: writeHfFolder };
}

/** @throws {UsageError} if the adapter alone cannot be written so. */
function assertAdapterOnly(out: string, adapter: string | undefined, type: Job["type"]): void {
  if (adapter === undefined) throw new UsageError("--adapter-only needs --adapter DIR");
  if (!/\.gguf$/i.test(out)) {
    throw new UsageError(`--adapter-only writes a GGUF file: expected OUT.gguf, got ${out}`);
  }
  if (type === undefined || isPlain(type)) return;
  throw new UsageError(`an adapter has no ${type}: give ${PLAIN_TYPES.join(", ")}`);
}

function isPlain(type: string): boolean {
  return PLAIN_TYPES.some((known) => known === type);
}

async function writeGgufFile(checkpoint: Checkpoint, job: Job): Promise<Provenance> {
  const { type, name = job.only ? job.adapter : basename(job.from) } = job;
  if (job.only) {
    const options = { type: type as LoraGgufType | undefined, name };
    return writeWithProvenance(job.out, writeLoraGguf(job.only, options), job);
  }
  if (!checkpoint.tokenizer) {
    const note = "Note: there is no tokenizer in it, which llama.cpp needs.\n";
    await job.io.stderr.write(note);
  }
  if (checkpoint.config.tieWordEmbeddings === false) {
    const note =
      "Note: its output projection is not its embedding: llama.cpp refuses such a Gemma.\n";
    await job.io.stderr.write(note);
  }
  const ends = eosTokenIds(checkpoint.config);
  if (ends.length > ENDS.length) {
    const left = ends.slice(ENDS.length).join(", ");
    await job.io.stderr.write(`Note: GGUF has room for three ends; left out: ${left}.\n`);
  }
  const stream = writeGguf(checkpoint, { type, name } satisfies GgufOptions);
  return writeWithProvenance(job.out, stream, job);
}

async function writeNpzFile(checkpoint: Checkpoint, job: Job): Promise<Provenance> {
  const type = job.type as SafetensorsOptions["type"];
  return writeWithProvenance(job.out, writeNpzCheckpoint(checkpoint, { type }), job);
}

async function writeHfFolder(checkpoint: Checkpoint, job: Job): Promise<Provenance> {
  const type = job.type as SafetensorsOptions["type"];
  let provenance: Provenance | undefined;
  await writeFolderAtomically(job.out, async (folder) => {
    for (const [name, bytes] of hfFiles(checkpoint, type)) {
      await writeFileAtomically(join(folder, name), bytes);
    }
    const path = join(folder, "model.safetensors");
    const stream = writeSafetensors(checkpoint.tensors, { type });
    provenance = await writeWithProvenance(path, stream, job);
  });
  return provenance as Provenance;
}

/** Writes the stream to `path`, and its provenance beside it. */
async function writeWithProvenance(
  path: string,
  stream: FileStream,
  { from, adapter, type, io }: Job,
): Promise<Provenance> {
  const hash = createHash("sha256");
  await writeFileAtomically(path, watched(stream, basename(path), hash, io));
  const provenance: Provenance = {
    from,
    adapter,
    file: basename(path),
    bytes: stream.size,
    sha256: hash.digest("hex"),
    type: type ?? "as stored",
    writer: "gemma-reference",
  };
  await writeFileAtomically(`${path}.json`, encode(`${JSON.stringify(provenance)}\n`));
  return provenance;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The chunks of the stream, hashed and counted on the way. */
async function* watched(
  { size, chunks }: FileStream,
  file: string,
  hash: { update(bytes: Uint8Array): unknown },
  io: Io,
): AsyncGenerator<Uint8Array> {
  const bar = new ProgressBar(io.stderr);
  let loaded = 0;
  try {
    for await (const chunk of oneAhead(chunks(io.signal))) {
      io.signal.throwIfAborted();
      hash.update(chunk);
      yield chunk;
      loaded += chunk.length;
      bar.show({ phase: "write", file, loaded, total: size });
    }
  } finally {
    bar.clear();
  }
}
