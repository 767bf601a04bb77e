/**
 * The vectors of tier T0: operators on ordinary inputs, and on inputs that show what ordinary ones hide. All
 * inputs are exact in bfloat16 and float16.
 * @module
 */
import { elementsOf, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Undecided } from "./forwards.ts";
import { seededNumbers } from "./splitmix.ts";
import type { OpName, OpVector } from "./vector.ts";

/** An operator vector together with its inputs. */
export interface OpCase {
  readonly vector: Undecided<OpVector>;
  readonly arrays: Readonly<Record<string, NdArray>>;
}

type Inputs = Readonly<Record<string, NdArray>>;

/** Bytes of a seed, times 2^exponent: about ±74 · 2^exponent. */
function seeded(shape: readonly number[], seed: number, exponent: number): NdArray {
  return tensor(seededNumbers(seed, elementsOf(shape), exponent), shape);
}

/** Numbers by row and column. */
function filled(
  [rows, columns]: readonly [number, number],
  at: (r: number, c: number) => number,
): NdArray {
  const data = Float32Array.from({ length: rows * columns }, (_, i) =>
    at(Math.floor(i / columns), i % columns),
  );
  return tensor(data, [rows, columns]);
}

function listed(...numbers: number[]): NdArray {
  return tensor(Float32Array.from(numbers), [numbers.length]);
}

/** `base` with other numbers at some places: `[row, column, value]`. */
function but(base: NdArray, ...places: readonly (readonly [number, number, number])[]): NdArray {
  for (const [r, c, value] of places) base.set(r, c, value);
  return base;
}

function opCase(
  op: OpName,
  name: string,
  note: string,
  attrs: Readonly<Record<string, number>>,
  inputs: Inputs,
  taps: readonly string[] = ["out"],
): OpCase {
  const id = `t0.${op}.${name}`;
  const names = Object.keys(inputs).map((input) => [input, `${id}/${input}`]);
  const vector = { id, tier: "T0", kind: "op", op, note, attrs, inputs: Object.fromEntries(names) };
  const arrays = Object.fromEntries(
    Object.entries(inputs).map(([input, array]) => [`${id}/${input}`, array]),
  );
  return { vector: { ...vector, taps } as Undecided<OpVector>, arrays };
}

const NORM = { eps: 1e-6, normOffset: 1 };
const gain = (D: number, seed: number) => tensor(seededNumbers(seed, D, -9), [D]);

const EMBED: readonly OpCase[] = [
  opCase(
    "embed",
    "plain",
    "Rows of the table times √24, the first and the last of them, and one twice.",
    { scale: Math.sqrt(24) },
    { table: seeded([40, 24], 1, -6), ids: listed(2, 0, 39, 2, 17) },
  ),
  opCase(
    "embed",
    "wide",
    "The width of the 7B: √3072, which bfloat16 rounds to 55.5.",
    { scale: Math.sqrt(3072) },
    { table: seeded([3, 3072], 2, -6), ids: listed(1, 2) },
  ),
];

const RMS_NORM: readonly OpCase[] = [
  opCase("rmsNorm", "plain", "Ordinary numbers.", NORM, {
    x: seeded([5, 48], 10, -5),
    weight: gain(48, 11),
  }),
  opCase("rmsNorm", "tiny", "An RMS of about 6e-4, where ε and its place show.", NORM, {
    x: seeded([4, 48], 12, -17),
    weight: gain(48, 13),
  }),
  opCase("rmsNorm", "outlier", "One number of 8192 in a row of ones.", NORM, {
    x: but(seeded([3, 48], 14, -6), [1, 7, 8192]),
    weight: gain(48, 15),
  }),
  opCase("rmsNorm", "zero", "A row of zeros between others: 0, not NaN.", NORM, {
    x: filled([3, 40], (r, c) => (r === 1 ? 0 : (c - 20) / 8)),
    weight: gain(40, 16),
  }),
  opCase(
    "rmsNorm",
    "offset",
    "Numbers around 3: subtracting their mean would leave little.",
    NORM,
    {
      x: filled([3, 48], (r, c) => 3 + ((c * (r + 5)) % 16) / 64),
      weight: gain(48, 17),
    },
  ),
  opCase("rmsNorm", "wide", "A row as wide as the stream of the 7B.", NORM, {
    x: seeded([2, 3072], 18, -6),
    weight: gain(3072, 19),
  }),
  opCase(
    "rmsNorm",
    "folded",
    "A weight that holds the 1 already, as in GGUF: nothing is added.",
    { ...NORM, normOffset: 0 },
    {
      x: seeded([3, 48], 20, -5),
      weight: tensor(
        seededNumbers(21, 48, -9).map((w) => 1 + w * 0.5),
        [48],
      ),
    },
  ),
];

const MATMUL: readonly OpCase[] = [
  opCase(
    "matmul",
    "plain",
    "Ordinary numbers, odd sizes.",
    {},
    {
      x: seeded([5, 48], 30, -6),
      weight: seeded([37, 48], 31, -7),
    },
  ),
  opCase(
    "matmul",
    "one",
    "One column in.",
    {},
    {
      x: seeded([3, 1], 32, -6),
      weight: seeded([70, 1], 33, -6),
    },
  ),
  opCase(
    "matmul",
    "deep",
    "4096 columns in, as many as the heads of the 7B.",
    {},
    {
      x: seeded([2, 4096], 34, -6),
      weight: seeded([5, 4096], 35, -9),
    },
  ),
  opCase(
    "matmul",
    "cancel",
    "Large terms that cancel, and small ones that remain.",
    {},
    {
      x: filled([3, 64], (r, c) => (c < 32 ? 16 : -16) * ((c % 32) % 5) + (c === 63 ? r + 1 : 0)),
      weight: filled([6, 64], (r, c) => ((c % 32) % 3) + (c === 63 ? (r + 1) / 8 : 0)),
    },
  ),
];

const ROPE: readonly OpCase[] = (
  [
    ["first", "Positions 0 to 4: at 0 nothing turns.", 0, 2, 16, 40],
    ["edge-of-bfloat16", "Positions 254 to 259: bfloat16 has no 257.", 254, 2, 16, 41],
    ["middle", "Positions 4093 to 4098.", 4093, 1, 16, 42],
    ["last", "Positions 8186 to 8191, the last of the context.", 8186, 3, 16, 43],
    ["head-256", "A head of 256, as in the 2B and the 7B.", 60, 1, 256, 44],
  ] as const
).map(([name, note, pos, heads, headDim, seed]) =>
  opCase(
    "rope",
    name,
    note,
    { pos, heads, headDim, theta: 10000 },
    {
      x: seeded([name === "first" ? 5 : 6, heads * headDim], seed, -6),
    },
  ),
);

const ATTENTION_TAPS = ["scores", "pattern", "out"];

function attentionCase(
  name: string,
  note: string,
  [L, pos, heads, kvHeads, headDim]: readonly [number, number, number, number, number],
  seed: number,
  taps = ATTENTION_TAPS,
): OpCase {
  const scale = 1 / Math.sqrt(headDim);
  const S = pos + L;
  return opCase(
    "attention",
    name,
    note,
    { pos, heads, kvHeads, headDim, scale },
    {
      q: seeded([L, heads * headDim], seed, -5),
      k: seeded([S, kvHeads * headDim], seed + 1, -5),
      v: seeded([S, kvHeads * headDim], seed + 2, -6),
    },
    taps,
  );
}

const ATTENTION: readonly OpCase[] = [
  attentionCase("mqa", "Four query heads on one key-value head.", [6, 0, 4, 1, 16], 50),
  attentionCase("mha", "A key-value head for each query head.", [5, 0, 3, 3, 20], 53),
  attentionCase("gqa", "Three query heads on each of two key-value heads.", [5, 0, 6, 2, 10], 56),
  attentionCase("cached", "Three rows behind twenty cached positions.", [3, 20, 4, 1, 16], 59),
  attentionCase("single", "One row at position 0: a softmax of one term.", [1, 0, 2, 1, 8], 62),
  attentionCase("deep", "Two rows behind 1022 positions.", [2, 1022, 2, 1, 8], 65, ["out"]),
  attentionCase(
    "crowd",
    "Forty rows of sixteen heads behind seventy positions: more of each than a block of a GPU's kernel has.",
    [40, 70, 16, 2, 4],
    93,
    ["out"],
  ),
  opCase(
    "attention",
    "peaked",
    "Scores of +200 and −10,240: exp overflows unless the largest is subtracted first.",
    { pos: 0, heads: 1, kvHeads: 1, headDim: 4, scale: 0.5 },
    {
      q: filled([5, 4], () => 10),
      k: filled([5, 4], (s) => [10, -512, 9.75, 0, 9.9375][s]),
      v: seeded([5, 4], 68, -6),
    },
    ATTENTION_TAPS,
  ),
];

const GEGLU: readonly OpCase[] = [
  opCase(
    "geglu",
    "plain",
    "Gates from −4 to 4.",
    {},
    {
      gate: seeded([4, 50], 70, -5),
      up: seeded([4, 50], 71, -6),
    },
  ),
  opCase(
    "geglu",
    "negative",
    "Gates from −3.2 to −1.6, where the kinds of GELU differ most.",
    {},
    {
      gate: filled([4, 52], (r, c) => -3.1875 + ((r * 52 + c) % 52) / 32),
      up: filled([4, 52], (r) => [1, -0.5, 2, -1][r]),
    },
  ),
  opCase(
    "geglu",
    "large",
    "Gates from 9 to 100: a tanh of large arguments may be NaN.",
    {},
    {
      gate: filled([2, 40], (r, c) => (r === 0 ? 1 : -1) * (9 + Math.round((c / 39) * 91))),
      up: filled([2, 40], (_, c) => (c % 7) - 3),
    },
  ),
];

const REST: readonly OpCase[] = [
  opCase(
    "mlp",
    "plain",
    "The MLP whole: gate, up, GeGLU, down.",
    {},
    {
      x: seeded([4, 24], 80, -6),
      gateProj: seeded([40, 24], 81, -7),
      upProj: seeded([40, 24], 82, -7),
      downProj: seeded([24, 40], 83, -8),
    },
  ),
  opCase(
    "add",
    "plain",
    "Ordinary numbers.",
    {},
    {
      x: seeded([5, 48], 84, -5),
      y: seeded([5, 48], 85, -7),
    },
  ),
  opCase("softmax", "plain", "Ordinary scores.", {}, { x: seeded([4, 33], 86, -4) }),
  opCase(
    "softmax",
    "large",
    "Scores of 200 beside −10,240, and a row of equal ones.",
    {},
    {
      x: filled([3, 9], (r, c) => [200 - c, c === 4 ? 200 : -10240, 7][r]),
    },
  ),
  opCase(
    "softmax",
    "single",
    "One score: its probability is 1.",
    {},
    { x: filled([2, 1], (r) => r * 100) },
  ),
  opCase(
    "logits",
    "tie",
    "The final norm and the tied head; rows 3 and 8 of the table are equal.",
    NORM,
    {
      x: seeded([3, 24], 87, -5),
      weight: gain(24, 88),
      table: copyRow(seeded([20, 24], 89, -7), 3, 8),
    },
  ),
  opCase("logits", "large", "Logits of up to ±60: nothing caps them.", NORM, {
    x: seeded([3, 24], 90, -5),
    weight: gain(24, 91),
    table: seeded([20, 24], 92, -4),
  }),
];

function copyRow(x: NdArray, from: number, to: number): NdArray {
  for (let c = 0; c < x.shape[1]; c++) x.set(to, c, x.get(from, c));
  return x;
}

/** All operator vectors, with their inputs. */
export const OP_CASES: readonly OpCase[] = [
  ...EMBED,
  ...RMS_NORM,
  ...MATMUL,
  ...ROPE,
  ...ATTENTION,
  ...GEGLU,
  ...REST,
];
