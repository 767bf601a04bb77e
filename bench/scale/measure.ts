/**
 * Does one thing to a checkpoint, in a process of its own, and writes seconds and peak resident memory, as
 * JSON, to stdout:
 *
 *     node --import tsx bench/scale/measure.ts CASE FOLDER
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { convertCommand } from "../../src/cli/commands/convert.ts";
import type { Io } from "../../src/cli/io.ts";
import { Gemma } from "../../src/gemma.ts";

export interface Measurement {
  readonly seconds: number;
  /** Bytes. */
  readonly peak: number;
}

/** Reads all shards from end to end, 64 MiB at a time. */
async function readShards(folder: string, buffer: () => Uint8Array): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".safetensors")) continue;
    const file = await open(join(folder, name));
    try {
      for (;;) {
        const into = buffer();
        const { bytesRead } = await file.read(into, 0, into.length);
        if (bytesRead === 0) break;
      }
    } finally {
      await file.close();
    }
  }
}

async function firstToken(folder: string, background: boolean): Promise<void> {
  const gemma = await Gemma.load(folder, { background });
  for await (const _ of gemma.generate([2], { maxTokens: 1 })) break;
  await gemma.dispose();
}

const quiet = { isTerminal: false, columns: undefined, write: async () => {} };

async function convert(folder: string, out: string, ...options: string[]): Promise<void> {
  const io = { stdout: quiet, stderr: quiet, signal: new AbortController().signal };
  await convertCommand.run([folder, out, ...options], io as unknown as Io);
}

const PIECE = 2 ** 26;
const scratch = new Uint8Array(PIECE);
const kept: Uint8Array[] = [];

const CASES: Readonly<Record<string, (folder: string, out: string) => Promise<void>>> = {
  read: (folder) => readShards(folder, () => scratch),
  "read and keep": (folder) =>
    readShards(folder, () => {
      const piece = new Uint8Array(PIECE);
      kept.push(piece);
      return piece;
    }),
  "first token": (folder) => firstToken(folder, true),
  "first token, loaded before": (folder) => firstToken(folder, false),
  "convert to GGUF": (folder, out) => convert(folder, `${out}.gguf`),
  "convert to Q8_0": (folder, out) => convert(folder, `${out}.gguf`, "--type", "Q8_0"),
  "convert to a folder": (folder, out) => convert(folder, out),
  "convert to npz": (folder, out) => convert(folder, `${out}.npz`),
};

const [name, folder, out] = process.argv.slice(2);
const begin = performance.now();
await CASES[name](folder, out);
const seconds = (performance.now() - begin) / 1000;
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ seconds, peak } satisfies Measurement));
