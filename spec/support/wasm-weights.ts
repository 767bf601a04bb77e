/** Random weights in every dtype that the WebAssembly kernels read. */

import type { V128 } from "../../src/backend/wasm/asm/expression.ts";
import { f32x4, v128 } from "../../src/backend/wasm/asm/instructions.ts";
import type { ModuleBuilder } from "../../src/backend/wasm/asm/module.ts";
import {
  GROUP,
  LANES,
  pieceBytes,
  pieceColumns,
  type WeightFormat,
} from "../../src/backend/wasm/formats/format.ts";
import { FORMATS, type KernelType } from "../../src/backend/wasm/formats/formats.ts";
import { splatLane } from "../../src/backend/wasm/formats/quants.ts";
import { multiplyAdd } from "../../src/backend/wasm/kernels/multiply-add.ts";
import { packWeights } from "../../src/backend/wasm/kernels/pack-weights.ts";
import { xoshiro128 } from "../../src/random.ts";
import { float64ToBfloat16 } from "../../src/tensor/bfloat16.ts";
import { float32ToFloat16 } from "../../src/tensor/float16.ts";
import { BLOCK_FORMATS, type BlockType } from "../../src/tensor/quantized.ts";
import { type Stored, storedFromBytes, type WeightSource } from "../../src/tensor/stored.ts";
import { type Compiled, compiled } from "./wasm-module.ts";

export const KERNEL_TYPES = Object.keys(FORMATS) as KernelType[];

/** Where the float16 scales of a block stand. */
export const SCALES: Readonly<Record<BlockType, readonly number[]>> = {
  q8_0: [0],
  q4_0: [0],
  q4_1: [0, 2],
  q5_0: [0],
  q5_1: [0, 2],
  q2_k: [80, 82],
  q3_k: [108],
  q4_k: [0, 2],
  q5_k: [0, 2],
  q6_k: [208],
  iq4_nl: [0],
  iq4_xs: [0],
};

/** Columns of a row come in multiples of it. */
export function columnMultiple(dtype: KernelType): number {
  return dtype in BLOCK_FORMATS ? BLOCK_FORMATS[dtype as BlockType].numbers : 1;
}

/** A matrix of numbers within ±1 or so; of blocks, all bits are random but those of their scales. */
export function randomStored(
  dtype: KernelType,
  shape: readonly [number, number],
  seed: number,
): Stored {
  const random = xoshiro128(seed);
  const count = shape[0] * shape[1];
  const numbers = () => Float32Array.from({ length: count }, () => 2 * random() - 1);
  if (dtype === "float32") return { dtype, shape, data: numbers() };
  if (dtype === "bfloat16" || dtype === "float16") {
    const narrow = dtype === "bfloat16" ? float64ToBfloat16 : float32ToFloat16;
    return { dtype, shape, data: Uint16Array.from(numbers(), narrow) };
  }
  const { numbers: perBlock, bytes } = BLOCK_FORMATS[dtype];
  const blocks = new Uint8Array((count / perBlock) * bytes).map(() => 256 * random());
  for (let at = 0; at < blocks.length; at += bytes) {
    for (const scale of SCALES[dtype]) setScale(blocks, at + scale, (2 * random() - 1) / 64);
  }
  // Of q6_k, the 8-bit scales of its sub-blocks make the numbers large.
  return storedFromBytes(blocks, dtype, shape);
}

/** `value` as the float16 at `at`. */
export function setScale(blocks: Uint8Array, at: number, value: number): void {
  const bits = float32ToFloat16(value);
  blocks[at] = bits & 255;
  blocks[at + 1] = bits >> 8;
}

/** The bytes of a stored weight. */
export function bytesOf({ data }: Stored): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A stored weight, as it is handed over for upload. */
export function sourceOf(stored: Stored, name = "w", normOffset?: 0 | 1): WeightSource {
  const { dtype, shape } = stored;
  const bytes = bytesOf(stored);
  const rowBytes = bytes.length / shape[0];
  return {
    name,
    dtype,
    shape,
    normOffset,
    rows: async (begin, end) => bytes.slice(begin * rowBytes, end * rowBytes),
  };
}

/** What a format makes of four rows. */
export interface Widened {
  /** The rows, in order of columns. */
  readonly rows: readonly Float32Array[];
  /** Not 0 where packing found an infinity or a NaN. */
  readonly suspect: number;
}

/** Packs four rows of `pieces` pieces and widens them, with a loop of its own around what the format writes. */
export function packAndWiden(format: WeightFormat, stored: Uint8Array, pieces: number): Widened {
  const columns = pieceColumns(format);
  const rowBytes = pieces * format.storedBytes;
  const [staged, packed] = [64, 64 + GROUP * rowBytes + 64];
  const out = Math.ceil((packed + pieces * pieceBytes(format)) / 16) * 16;
  const end = out + 4 * GROUP * columns * pieces;
  const { bytes, floats, call } = moduleOf(format);
  if (end > bytes.length) throw new Error(`${end} bytes are too many`);
  bytes.set(stored, staged);
  const suspect = call(`pack_${format.dtype}`, staged, rowBytes, packed, pieces);
  call("widen", packed, out, pieces);
  const rows = Array.from({ length: GROUP }, () => new Float32Array(columns * pieces));
  const perStep = format.vectors * LANES;
  const { stride } = format;
  for (const [r, row] of rows.entries()) {
    row.forEach((_, c) => {
      const [step, within] = [Math.floor(c / perStep), c % perStep];
      const dealt = within % (LANES * stride);
      const vector = (within - dealt) / LANES + (dealt % stride);
      const lane = Math.floor(dealt / stride);
      row[c] = floats[out / 4 + (step * GROUP + r) * perStep + LANES * vector + lane];
    });
  }
  return { rows, suspect };
}

const modules = new Map<WeightFormat, Compiled>();

/** Compiled once. */
function moduleOf(format: WeightFormat): Compiled {
  const known = modules.get(format);
  if (known) return known;
  const made = compiled((module) => {
    packWeights(module, format);
    widen(module, format);
  }, 16);
  modules.set(format, made);
  return made;
}

function widen(module: ModuleBuilder, format: WeightFormat): void {
  const parameters = { w: "i32", out: "i32", pieces: "i32" } as const;
  module.export("widen", parameters, undefined, (f, { w, out, pieces }) => {
    f.repeat(pieces, () => {
      const scales = f.let(v128.load(w));
      const scaled = (vector: V128, row: number) =>
        format.isScaled ? f32x4.mul(vector, splatLane(scales, row)) : vector;
      const step = format.open(f, w, multiplyAdd("simd128"));
      f.increase(w, format.head);
      f.repeat(format.steps, () => {
        for (let row = 0; row < GROUP; row++) {
          step(w, row).forEach((vector, i) => {
            f.do(v128.store(out, scaled(vector, row), 16 * (row * format.vectors + i)));
          });
        }
        f.increase(w, format.stepBytes);
        f.increase(out, 16 * GROUP * format.vectors);
      });
    });
  });
}
