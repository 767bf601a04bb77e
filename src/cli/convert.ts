/**
 * `convert`: a checkpoint in another format, for engines that read no other.
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { type FileStream, writeGguf } from "../checkpoint/gguf-write.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { matchWeights } from "../model/weights.ts";
import { openPath } from "../node/open-path.ts";
import { type Command, choiceOption, parse, UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import { LoadingLine } from "./loading-line.ts";
import { assertWritable, writeFileAtomically } from "./output-file.ts";
import { formatBytes } from "./table.ts";

const TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const;

const options = {
  type: {
    type: "string",
    value: "TYPE",
    help: `Store matrices as ${TYPES.join(", ")} (default: as they are)`,
  },
  name: {
    type: "string",
    value: "TEXT",
    help: "What the file calls the model (default: IN's name)",
  },
} as const;

/** What is written beside the file. */
interface Provenance {
  readonly from: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly type: string;
  readonly writer: string;
}

export const convertCommand: Command = {
  name: "convert",
  summary: "Write a checkpoint as GGUF, which llama.cpp reads",
  usage: ["IN OUT.gguf [OPTIONS]"],
  description: [
    "IN is whatever the other commands take as --model. Weights are read and written a few",
    "megabytes at a time. OUT appears when it is whole; an older one stays until then. Where it",
    "came from, and its SHA-256, are written beside it, as OUT.gguf.json. The blocks of Q8_0 and",
    "Q4_0 are those of llama.cpp, to the bit.",
  ],
  options,
  examples: [
    "convert gemma-2b-it gemma-2b-it.gguf",
    "convert gemma-2b-it gemma-2b-it.Q8_0.gguf --type Q8_0",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    const type = choiceOption("type", values.type, TYPES);
    if (positionals.length !== 2) {
      const count = positionals.length === 1 ? "1 argument" : `${positionals.length}`;
      throw new UsageError(`expected IN and OUT, got ${count}`);
    }
    const [from, out] = positionals;
    if (!out.toLowerCase().endsWith(".gguf")) {
      throw new UsageError(`expected OUT to end with .gguf, got ${out}`);
    }
    await assertWritable(out);
    const opened = await openCheckpoint(await openPath(from), { signal: io.signal });
    try {
      const { config, tensors, name } = opened;
      // Refused before a file is begun; and without the rows that no token has.
      const checkpoint: Checkpoint = { ...opened, tensors: matchWeights(config, tensors, name) };
      const stream = writeGguf(checkpoint, { type, name: values.name ?? basename(from) });
      const hash = createHash("sha256");
      await writeFileAtomically(out, watched(stream, hash, io));
      const provenance: Provenance = {
        from: basename(from),
        file: basename(out),
        bytes: stream.size,
        sha256: hash.digest("hex"),
        type: type ?? "as stored",
        writer: "gemma-reference",
      };
      const json = JSON.stringify(provenance);
      await writeFileAtomically(`${out}.json`, new TextEncoder().encode(`${json}\n`));
      const said = `${out}: ${formatBytes(stream.size)}, sha256 ${provenance.sha256}`;
      await io.stdout.write(values.json ? `${json}\n` : `${said}\n`);
    } finally {
      await opened.close();
    }
    return undefined;
  },
};

/** The stream, hashed and shown as it goes by. */
async function* watched(
  { size, chunks }: FileStream,
  hash: { update(bytes: Uint8Array): unknown },
  io: Io,
): AsyncGenerator<Uint8Array> {
  const line = new LoadingLine(io.stderr, "Writing");
  let loaded = 0;
  try {
    for await (const chunk of chunks(io.signal)) {
      io.signal.throwIfAborted();
      hash.update(chunk);
      yield chunk;
      loaded += chunk.length;
      line.show({ loaded, total: size });
    }
  } finally {
    line.clear();
  }
}
