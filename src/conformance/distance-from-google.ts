/**
 * How far this library is from Google's gemma_pytorch on the bundled model: the goldens beside it hold
 * the logits that Google's code gave for some prompts, in float64 and in float32 (fixtures/README.md).
 * @module
 */
import type { NpyArray } from "../checkpoint/numpy/npy.ts";
import { readNpz } from "../checkpoint/numpy/npz.ts";
import { refusals } from "../errors.ts";
import { assertOptions } from "../options.ts";
import { readAll } from "../source/byte-source.ts";
import type { Folder } from "../source/folder.ts";
import type { NdArray } from "../tensor/tensor.ts";
import { maxAbs, maxError } from "./metrics.ts";

/** Distances are the largest |difference| of any logit from Google's float64. */
export interface Comparison {
  /** How many prompts were compared. */
  readonly prompts: number;
  /** Positions of all prompts together; each has a logit for every piece of the vocabulary. */
  readonly positions: number;
  /** V: how many logits a token has. */
  readonly vocabSize: number;
  /** The largest |logit|, to judge the distances by. */
  readonly largest: number;
  /** This library in float64. */
  readonly float64: number;
  /** This library in float32. */
  readonly float32: number;
  /** Google's own float32. */
  readonly googleFloat32: number;
}

/** The promise of the reference: float64 within this of Google's, in units of the largest logit. */
const TOLERANCE = 1e-12;

/**
 * Whether the promise holds, in float64 and in float32. NaN is within no promise. In float32 this asks more than
 * the promise of the reference (twice Google's distance): on the bundled model it is kept with room to spare.
 */
export function isWithinPromise({ float64, float32, googleFloat32, largest }: Comparison): boolean {
  return float64 <= TOLERANCE * largest && float32 <= googleFloat32;
}

/** Computes the logits of every position of `ids` [T], row-major: [T, V]. */
export type LogitsOf = (ids: readonly number[]) => Promise<NdArray>;

/**
 * Runs every golden prompt of `folder` through one model in float64 and in float32.
 * @throws {ShapeError} if `logitsOf` gives more or fewer logits than Google's code.
 * @throws {FormatError} if a golden is damaged.
 * @throws {SourceError} if a golden cannot be read.
 */
export async function compareWithGoogle(
  folder: Folder,
  logitsOf: { readonly float64: LogitsOf; readonly float32: LogitsOf },
): Promise<Comparison> {
  assertOptions("compareWithGoogle", logitsOf, { float64: true, float32: true });
  const files = ((await folder.list?.()) ?? []).filter((file) => /^prompt-.*\.npz$/.test(file));
  let positions = 0;
  let largest = 0;
  let vocabSize = 0;
  const distances = { float64: 0, float32: 0, googleFloat32: 0 };
  for (const file of files) {
    const golden = await readGolden(folder, file);
    const ids = Array.from(golden("ids"));
    const truth = golden("logits.f64");
    const { data: float64, shape } = await logitsOf.float64(ids);
    const { data: float32 } = await logitsOf.float32(ids);
    vocabSize = shape[1];
    const computed = { float64, float32, googleFloat32: golden("logits.f32") };
    for (const name of ["float64", "float32", "googleFloat32"] as const) {
      distances[name] = Math.max(distances[name], maxError(computed[name], truth));
    }
    largest = Math.max(largest, maxAbs(truth));
    positions += ids.length;
  }
  return { prompts: files.length, positions, vocabSize, largest, ...distances };
}

async function readGolden(
  folder: Folder,
  file: string,
): Promise<(name: string) => NpyArray["data"]> {
  const refuse = refusals("compareWithGoogle", file);
  const source = await folder.open(file);
  if (!source) throw refuse.source(undefined, "a file", "no such file");
  try {
    const arrays = readNpz(await readAll(source), file);
    return (name) => {
      const array = arrays.get(name);
      if (array) return array.data;
      throw refuse.format(name, "an array", "no such array");
    };
  } finally {
    await source.close?.();
  }
}
