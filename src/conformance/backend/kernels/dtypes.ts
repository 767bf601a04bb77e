/**
 * Weights in every dtype that a backend takes: numbers that are exact in it, and quantised blocks.
 * @module
 */

import { BLOCK_FORMATS, type BlockType } from "../../../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType } from "../../../tensor/stored.ts";
import { elementsOf, type NdArray, tensor } from "../../../tensor/tensor.ts";
import { seededNumbers } from "../../vectors/splitmix.ts";
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import { blocks, encoded, PLAIN_DTYPES, widened } from "../weight-source.ts";
import { type KernelCase, ownCase } from "./case.ts";
import { isRowKernel, ROW_KERNELS } from "./row-kernels.ts";
import { plainCheck } from "./row-situations.ts";

/** A case with its weight in every dtype that holds it exactly. */
export function plainDtypeChecks(kase: KernelCase): Check[] {
  const name = isRowKernel(kase.op) ? ROW_KERNELS[kase.op].weight : undefined;
  const array = name === undefined ? undefined : kase.inputs.get(name);
  if (!array) return [];
  return PLAIN_DTYPES.flatMap((dtype) => {
    const weight = encoded(array, dtype);
    const isExact = widened(weight).data.every((x, i) => x === array.data[array.offset + i]);
    if (!isExact) return [];
    return ifTaken(
      dtype,
      plainCheck({ ...kase, encoded: weight }, `${kase.id}@${dtype}`, words(dtype)),
    );
  });
}

/** Numbers from a seed, times 2^−6. */
function seeded(shape: readonly number[], seed: number): NdArray {
  return tensor(seededNumbers(seed, elementsOf(shape), -6), shape);
}

/** Matrices of quantised blocks. */
export function blockChecks(): Check[] {
  return (Object.keys(BLOCK_FORMATS) as BlockType[]).flatMap((dtype, i) => {
    const seed = 300 + 10 * i;
    const table = blocks(dtype, [9, 512], seed);
    const matrix = widened(table);
    const note = `A matrix of blocks: ${dtype}.`;
    const embed = ownCase({
      id: `t0.embed.blocks@${dtype}`,
      op: "embed",
      note,
      attrs: { scale: 2 },
      inputs: { table: matrix, ids: tensor(Float32Array.of(8, 0, 3), [3]) },
      encoded: table,
    });
    const matmul = ownCase({
      id: `t0.matmul.blocks@${dtype}`,
      op: "matmul",
      note,
      attrs: {},
      inputs: { x: seeded([3, 512], seed + 1), weight: matrix },
      encoded: table,
    });
    return [embed, matmul].map((kase) => ifTaken(dtype, plainCheck(kase, kase.id, words(dtype))));
  });
}

const words = (dtype: DType) => `a weight in ${dtype}`;

/** A check that a backend need not pass which does not take the dtype. */
function ifTaken(dtype: DType, check: Check): Check {
  return {
    ...check,
    async run(lab) {
      const { weightTypes = Object.keys(BYTES_PER_ELEMENT) } = lab.backend.info;
      if (weightTypes.includes(dtype)) return check.run(lab);
      throw withoutIt("weightTypes", `${weightTypes.join(", ")}: the library widens ${dtype}`);
    },
  };
}
