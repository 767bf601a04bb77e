/**
 * A GGUF file in parts, as llama.cpp's llama-gguf-split makes them: `m-00001-of-00003.gguf` and so on, each a GGUF file
 * with a share of the tensors. The first has the model's metadata, and may have no tensor. Each says in its metadata
 *
 *     split.no             which part it is, from 0
 *     split.count          how many there are
 *     split.tensors.count  how many tensors there are in all
 *
 * llama.cpp: tools/gguf-split; src/llama.cpp (`llama_split_path`); src/llama-model-loader.cpp.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { type ByteSource, closeAll } from "../../source/byte-source.ts";
import { partNumbers, renamedPart } from "../../source/folder-kind.ts";
import type { RowSource } from "../../tensor/stored.ts";
import type { GgufValue } from "./header.ts";
import { type Gguf, readGguf } from "./read.ts";

/** A model's metadata and tensors, and the files that they lie in. */
export interface WholeGguf extends Gguf {
  /** In the order of the parts. */
  readonly sources: readonly ByteSource[];
}

interface Part extends Gguf {
  readonly source: ByteSource;
}

const op = "openGguf";
const OTHER_MODEL = "these are parts of different models, or of different versions of one";

/**
 * The whole of which `source` is a part; any part will do. The others are looked for beside it, by its name, and opened.
 * @param source stays the caller's to close, if this fails.
 * @throws {FormatError} if a part is missing or damaged, or the parts are not of one model.
 * @throws {UnsupportedError} if `source` does not say what lies beside it.
 */
export async function wholeGguf(
  source: ByteSource,
  gguf: Gguf,
  signal?: AbortSignal,
): Promise<WholeGguf> {
  const refuse = refusals(op, source.name);
  const count = Number(gguf.metadata.get("split.count") ?? 1);
  if (count === 0 || count === 1) return { ...gguf, sources: [source] };
  const own = Number(gguf.metadata.get("split.no") ?? 0);
  if (!Number.isInteger(own) || !(own >= 0 && own < count)) {
    throw refuse.format("split.no", `a number from 0 to ${count - 1}`, own);
  }
  const others: ByteSource[] = [];
  try {
    const parts: Part[] = [];
    for (let i = 0; i < count; i++) {
      signal?.throwIfAborted();
      if (i === own) parts.push({ ...gguf, source });
      else {
        const other = await openPart(source, own, i, count, refuse);
        others.push(other);
        parts.push({ ...(await readGguf(other, signal)), source: other });
      }
    }
    return joined(parts, count);
  } catch (error) {
    await closeAll(others);
    throw error;
  }
}

/** Part `i`, beside part `own`. */
async function openPart(
  source: ByteSource,
  own: number,
  i: number,
  count: number,
  refuse: Refusals,
): Promise<ByteSource> {
  const got = `part ${own + 1} of ${count}`;
  if (!source.beside) {
    const hint = "give all of them as a folder: filesFolder(new Map([[name, file], ...]))";
    const expected = "a model in one file, or all of its parts";
    throw refuse.unsupported("split.count", expected, `${got} alone`, hint);
  }
  let wanted = "";
  const other = await source.beside((name) => {
    const said = partNumbers(name);
    if (said?.number !== own + 1 || said.count !== count) {
      const expected = `the name NAME-${digits(own + 1)}-of-${digits(count)}.gguf, by which the other parts are found`;
      throw refuse.format("split.no", `${expected}, as this is ${got}`, brief(name), "rename it");
    }
    wanted = renamedPart(name, i + 1);
    return wanted;
  });
  if (other) return other;
  const hint = "finish the download, or put all parts into one folder: every part is needed";
  throw refuse.format("split.count", `${wanted}, part ${i + 1} of ${count}`, "no such file", hint);
}

const digits = (number: number) => `${number}`.padStart(5, "0");

/** @throws {FormatError} unless the parts are one model. */
function joined(parts: readonly Part[], count: number): WholeGguf {
  const [{ metadata }] = parts;
  const tensors = new Map<string, RowSource>();
  for (const [i, part] of parts.entries()) {
    const refuse = refusals(op, part.source.name, { format: OTHER_MODEL });
    const counted = { "split.no": i, "split.count": count };
    for (const [key, expected] of Object.entries(counted)) {
      const got = part.metadata.get(key);
      if (Number(got) === expected) continue;
      throw refuse.format(key, `${expected}, as part ${i + 1} of ${count}`, brief(got));
    }
    for (const [key, value] of part.metadata) assertSame(key, metadata.get(key), value, refuse);
    for (const [name, tensor] of part.tensors) {
      const before = tensors.get(name);
      if (before) throw refuse.format(name, "a tensor once", `it in ${before.file}, too`);
      tensors.set(name, tensor);
    }
  }
  const said = metadata.get("split.tensors.count");
  if (said !== undefined && Number(said) !== tensors.size) {
    const refuse = refusals(op, parts[0].source.name, { format: OTHER_MODEL });
    const expected = `${brief(said)} tensors in all parts together`;
    throw refuse.format("split.tensors.count", expected, tensors.size);
  }
  return { metadata, tensors, sources: parts.map(({ source }) => source) };
}

/** Most parts say nothing of the model; those that do must say the same. Alignment is each file's own. */
function assertSame(
  key: string,
  first: GgufValue | undefined,
  here: GgufValue,
  refuse: Refusals,
): void {
  const isOwn = key === "split.no" || key === "general.alignment";
  if (isOwn || typeof here === "object" || first === undefined || first === here) return;
  throw refuse.format(key, `${brief(first)}, as in the first part`, brief(here));
}
