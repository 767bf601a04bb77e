/**
 * The files of `audit`: documents, canaries, arrays of lm-extraction-benchmark.
 * @module
 */
import { basename } from "node:path";
import type { AuditDocument } from "../../audit/documents/audit-document.ts";
import { documentsFrom } from "../../audit/documents/documents-from.ts";
import { documentsFromArrays } from "../../audit/documents/extraction-benchmark.ts";
import { assertCanary, type Canary } from "../../audit/exposure/canary.ts";
import { readNpy } from "../../checkpoint/numpy/npy.ts";
import { refusals } from "../../errors.ts";
import { fileSource } from "../../node/file-source.ts";
import { readExactly } from "../../source/byte-source.ts";
import { openRows } from "../../training/data/rows/row-file.ts";

/** The documents of a file of JSON lines. */
export async function readDocuments(path: string, signal: AbortSignal): Promise<AuditDocument[]> {
  const file = await fileSource(path);
  try {
    const documents = await documentsFrom(openRows(file, { kind: "text", signal }));
    if (documents.length > 0) return documents;
    throw refusals("audit", path).format(undefined, "a document a line", "an empty file");
  } finally {
    await file.close?.();
  }
}

/** Documents of arrays, and the lengths that they have. */
export interface ArrayDocuments {
  readonly documents: AuditDocument[];
  readonly prompt: number;
  readonly suffix: number;
}

/** The documents of two `.npy` files. */
export async function readArrays(prefix: string, suffix: string): Promise<ArrayDocuments> {
  const [first, second] = [await arrayOf(prefix), await arrayOf(suffix)];
  const documents = documentsFromArrays(first, second);
  return { documents, prompt: first.shape[1], suffix: second.shape[1] };
}

async function arrayOf(path: string) {
  const file = await fileSource(path);
  try {
    return readNpy(await readExactly("audit", file, 0, file.size), basename(path));
  } finally {
    await file.close?.();
  }
}

/** The canaries of a file of JSON lines: `{ "text", "secret", "id"?, "repeats"?, "candidates"? }`. */
export async function readCanaries(path: string, signal: AbortSignal): Promise<Canary[]> {
  const file = await fileSource(path);
  try {
    const canaries: Canary[] = [];
    for await (const { text, other, where } of openRows(file, { kind: "text", signal })) {
      const canary = { ...other, text } as unknown as Canary;
      assertCanary(where, canary);
      canaries.push(canary);
    }
    return canaries;
  } finally {
    await file.close?.();
  }
}
