/**
 * Cases beside the suite's: arguments that are not Gemma's, so that a kernel which takes no notice of them shows;
 * the last position of a context; and tables so large that a backend may have to cut them.
 * @module
 */
import { elementsOf, type NdArray, tensor } from "../../../tensor/tensor.ts";
import { seededNumbers } from "../../vectors/splitmix.ts";
import type { Check } from "../check.ts";
import { attentionChecks, plainAttentionCheck } from "./attention-situations.ts";
import { type KernelCase, ownCase } from "./case.ts";
import { plainRopeCheck } from "./rope-situations.ts";
import { plainCheck } from "./row-situations.ts";

/** Bytes of a seed, times 2^exponent. */
function seeded(shape: readonly number[], seed: number, exponent: number): NdArray {
  return tensor(seededNumbers(seed, elementsOf(shape), exponent), shape);
}

interface Shape {
  readonly rows: number;
  readonly pos: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
}

function attentionCase(
  id: string,
  note: string,
  { rows, ...attrs }: Shape,
  seed: number,
): KernelCase {
  const { pos, heads, kvHeads, headDim } = attrs;
  const inputs = {
    q: seeded([rows, heads * headDim], seed, -5),
    k: seeded([pos + rows, kvHeads * headDim], seed + 1, -5),
    v: seeded([pos + rows, kvHeads * headDim], seed + 2, -6),
  };
  return ownCase({ id, op: "attention", note, attrs, inputs });
}

/** Kernels with arguments of other values than Gemma's. */
export function argumentChecks(): Check[] {
  const eps = ownCase({
    id: "t0.rmsNorm.eps",
    op: "rmsNorm",
    note: "`eps` is the one that is given.",
    attrs: { eps: 0.25, normOffset: 1 },
    inputs: { x: seeded([3, 24], 201, -7), weight: seeded([24], 202, -9) },
  });
  const scale = ownCase({
    id: "t0.embed.scale",
    op: "embed",
    note: "`scale` is the one that is given.",
    attrs: { scale: 1.5 },
    inputs: {
      table: seeded([12, 24], 203, -6),
      ids: tensor(Float32Array.of(7, 0, 11), [3]),
    },
  });
  const theta = ownCase({
    id: "t0.rope.theta",
    op: "rope",
    note: "`theta` is the one that is given.",
    attrs: { pos: 40, heads: 2, headDim: 12, theta: 500 },
    inputs: { x: seeded([3, 24], 204, -6) },
  });
  const narrow = attentionCase(
    "t0.attention.scale",
    "`scale` is the one that is given.",
    { rows: 3, pos: 4, heads: 2, kvHeads: 1, headDim: 6, scale: 0.25 },
    205,
  );
  const grouped = attentionCase(
    "t0.attention.gqa-cached",
    "Rows behind cached positions, where key-value heads are shared by some.",
    { rows: 3, pos: 14, heads: 6, kvHeads: 2, headDim: 10, scale: 0.25 },
    208,
  );
  return [
    plainCheck(eps, eps.id, `eps ${eps.attrs.eps}`),
    plainCheck(scale, scale.id, `scale ${scale.attrs.scale}`),
    plainRopeCheck(theta, theta.id, `theta ${theta.attrs.theta}`),
    plainAttentionCheck(narrow, narrow.id, `scale ${narrow.attrs.scale}`),
    ...attentionChecks(grouped),
  ];
}

/** The last position of a context, behind 8191 others that came in pieces. */
export function lastPositionCheck(): Check {
  const kase = attentionCase(
    "t0.attention.last",
    "The last position of a context of 8192, whose cache was filled in pieces.",
    { rows: 1, pos: 8191, heads: 2, kvHeads: 1, headDim: 4, scale: 0.5 },
    211,
  );
  return plainAttentionCheck(kase, kase.id, "at position 8191");
}

/** Rows of a table, on both sides of the places where it may be cut. */
const SEAMS = [0, 32767, 32768, 65535, 65536, 65539];

/** A table of more rows than fit into one binding, or into one dispatch, of some devices. */
export function seamChecks(): Check[] {
  const table = seeded([SEAMS[SEAMS.length - 1] + 1, 8], 214, -7);
  const note = "A table of 65,540 rows: its first and last, and both sides of 32,768 and 65,536.";
  const embed = ownCase({
    id: "t0.embed.seams",
    op: "embed",
    note,
    attrs: { scale: 1 },
    inputs: { table, ids: tensor(Float32Array.from(SEAMS), [SEAMS.length]) },
  });
  const matmul = ownCase({
    id: "t0.matmul.seams",
    op: "matmul",
    note,
    attrs: {},
    inputs: { x: seeded([2, 8], 215, -6), weight: table },
  });
  const words = "a table of 65,540 rows";
  return [plainCheck(embed, embed.id, words), plainCheck(matmul, matmul.id, words)];
}
