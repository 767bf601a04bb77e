/**
 * Texts that are nearly equal: MinHash proposes pairs, each is compared in full, and what is near to a text that is near to another is of one group with both.
 * @module
 */
import type { TextDocument } from "../documents/document.ts";
import { inTurns, type Numbered } from "../documents/stage.ts";
import { Groups } from "./groups.ts";
import { bucketsOf, minHasher } from "./minhash.ts";
import { jaccard, shinglesOf } from "./shingles.ts";

/** How duplicates are looked for. */
export interface DuplicateOptions {
  /** Words a shingle. Default 5. */
  readonly shingle?: number;
  /** How alike texts have to be: Jaccard, from 0 to 1. Default 0.5. Infinity looks for equal texts only. */
  readonly threshold?: number;
  /** Bands of hash functions. Default 64. */
  readonly bands?: number;
  /** Hash functions a band. Default 3. */
  readonly rows?: number;
  /** 32 bits, from which the hash functions follow. Default 0. */
  readonly seed?: number;
}

/** Which texts are near to each other, and how near the nearest of each one's group is. */
export async function nearGroups(
  documents: readonly Numbered<TextDocument>[],
  { shingle = 5, threshold = 0.5, bands = 64, rows = 3, seed = 0 }: DuplicateOptions,
  signal: AbortSignal | undefined,
): Promise<{ groups: Groups; nearest: Float64Array }> {
  const groups = new Groups(documents.length);
  const nearest = new Float64Array(documents.length);
  if (threshold > 1) return { groups, nearest };

  const signatureOf = minHasher({ bands, rows, seed });
  const [shingles, signatures]: [Float64Array[], Uint32Array[]] = [[], []];
  await inTurns(documents, signal, ({ document }) => {
    const of = shinglesOf(document.text, shingle);
    shingles.push(of);
    signatures.push(signatureOf(of));
  });

  const compared = new Set<number>();
  function compare(i: number, j: number): void {
    const pair = i * documents.length + j;
    if (compared.has(pair)) return;
    compared.add(pair);
    const similarity = jaccard(shingles[i], shingles[j]);
    if (similarity < threshold) return;
    groups.join(i, j);
    nearest[i] = Math.max(nearest[i], similarity);
    nearest[j] = Math.max(nearest[j], similarity);
  }
  for (let band = 0; band < bands; band++) {
    await inTurns(bucketsOf(signatures, band, rows), signal, (bucket) => {
      bucket.forEach((j, at) => {
        for (const i of bucket.slice(0, at)) compare(i, j);
      });
    });
  }
  return { groups, nearest };
}
