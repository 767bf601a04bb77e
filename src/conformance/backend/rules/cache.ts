/**
 * What the interface says of caches: what is written to them later, what they hold when they grow, and copies.
 * @module
 */
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import { type Lab, type LabTensor, spansOf } from "../lab.ts";
import { expectNumbers, rule } from "./rule.ts";

const HEADS = { heads: 1, kvHeads: 1, headDim: 2 };
const kernel = "kvWrite";

/** The checks of caches. */
export function cacheChecks(): Check[] {
  return [
    rule(
      "t0.kvWrite.recorded",
      "kvWrite is recorded: attention before it sees what the cache held before it.",
      async (lab) => {
        const kv = lab.kv(HEADS, 4);
        const [a, b] = [blank(lab), blank(lab)];
        look(lab, a, kv, 0, [1, 2]);
        look(lab, b, kv, 0, [3, 4]);
        const [first, second] = await Promise.all([lab.read(a), lab.read(b)]);
        expectNumbers(lab, first, [1, 2], "attention, recorded before a second kvWrite");
        expectNumbers(lab, second, [3, 4], "attention, recorded after it");
      },
      { kernel },
    ),
    rule(
      "t0.kvWrite.copies",
      "kvWrite copies: k and v may hold others afterwards.",
      async (lab) => {
        const kv = lab.kv(HEADS, 2);
        const [zero, value, dst] = [blank(lab), lab.put(Float32Array.of(3, 5), 2, "v"), blank(lab)];
        const spans = spansOf({ from: 0, count: 1, pos: 0, kv });
        lab.ops.kvWrite(0, zero.handle, value.handle, spans);
        lab.backend.write(value.handle, Float32Array.of(8, 8));
        lab.ops.attention(dst.handle, zero.handle, 0, spans, 1);
        const otherwise = "what is written to k and v afterwards shows in the cache";
        expectNumbers(lab, await lab.read(dst), [3, 5], otherwise);
      },
      { kernel },
    ),
    rule(
      "t0.reserve.keeps",
      "reserve makes room for positions, and keeps what is there.",
      async (lab) => {
        const { backend } = lab;
        if (!backend.reserve)
          throw withoutIt("reserve", "a backend without it: caches have their whole size at once");
        const kv = lab.kv(HEADS, 2);
        const [a, b, c] = [blank(lab), blank(lab), blank(lab)];
        look(lab, a, kv, 0, [8, 2]);
        backend.reserve(kv, { positions: 70 });
        backend.reserve(kv, { positions: 70 }); // it may come again for as many
        look(lab, b, kv, 1, [2, 6]); // the mean of both positions
        look(lab, c, kv, 69, [5, 1]);
        const [first, second] = await Promise.all([lab.read(a), lab.read(b), lab.read(c)]);
        expectNumbers(lab, first, [8, 2], "before it grew");
        expectNumbers(lab, second, [5, 4], "a position behind one that was there before");
      },
      { kernel },
    ),
    rule(
      "t0.readKV.reads",
      "readKV gives the keys and values of a layer as kvWrite was given them, of the positions asked for.",
      async (lab) => {
        const { backend } = lab;
        if (!backend.readKV)
          throw withoutIt("readKV", "a backend without it: caches cannot be saved");
        const kv = lab.kv({ heads: 2, kvHeads: 2, headDim: 6 }, 5);
        const numbers = (first: number) => Float32Array.from({ length: 36 }, (_, i) => first + i);
        for (const layer of [0, 1]) {
          const k = lab.put(numbers(100 * layer), 12, "k");
          const v = lab.put(numbers(100 * layer + 50), 12, "v");
          lab.ops.kvWrite(layer, k.handle, v.handle, spansOf({ from: 0, count: 3, pos: 1, kv }));
        }
        for (const layer of [0, 1]) {
          for (const [i, part] of (["keys", "values"] as const).entries()) {
            const got = await backend.readKV(kv, layer, part, { from: 2, count: 2 });
            const wanted = numbers(100 * layer + 50 * i).subarray(12);
            expectNumbers(lab, got, [...wanted], `${part} of layer ${layer}`);
          }
        }
        const later = lab.put(numbers(900), 12, "k");
        const reading = backend.readKV(kv, 0, "keys", { from: 1, count: 1 });
        lab.ops.kvWrite(0, later.handle, later.handle, spansOf({ from: 0, count: 1, pos: 1, kv }));
        const otherwise = "what was written after readKV was called";
        expectNumbers(lab, await reading, [...numbers(0).subarray(0, 12)], otherwise);
      },
      { kernel },
    ),
    ...copyChecks(),
  ];
}

function copyChecks(): Check[] {
  return [
    rule(
      "t0.copyKV.copies",
      "copyKV copies the first positions of every layer; later writes to one cache do not show in the other.",
      async (lab) => {
        const copy = copierOf(lab);
        const [src, dst] = [lab.kv(HEADS, 4), lab.kv(HEADS, 3)];
        for (const layer of [0, 1]) {
          look(lab, blank(lab), dst, 0, [50, 50], layer);
          look(lab, blank(lab), dst, 1, [70, 70], layer);
          look(lab, blank(lab), src, 0, [8 + layer, 2], layer);
          look(lab, blank(lab), src, 1, [90, 90], layer);
        }
        copy(dst, src, 1);
        // Both go on, each at position 1: means of [8, 2] and [9, 2] with what is written now.
        const results = [src, dst].flatMap((kv, i) =>
          [0, 1].map((layer) => {
            const seen = blank(lab);
            look(lab, seen, kv, 1, [2 + 10 * i + layer, 6], layer);
            return seen;
          }),
        );
        const got = await Promise.all(results.map((seen) => lab.read(seen)));
        const name = (i: number) => `${["src", "dst"][i >> 1]}, layer ${i % 2}, after a copy`;
        for (const [i, [a, b]] of [
          [5, 4],
          [6, 4],
          [10, 4],
          [11, 4],
        ].entries()) {
          expectNumbers(lab, got[i], [a, b], name(i));
        }
      },
      { kernel },
    ),
    rule(
      "t0.copyKV.recorded",
      "copyKV is recorded: it copies what was written before it, and what is written later stays.",
      async (lab) => {
        const copy = copierOf(lab);
        const [src, dst] = [lab.kv(HEADS, 4), lab.kv(HEADS, 4)];
        look(lab, blank(lab), src, 0, [8, 2]);
        copy(dst, src, 1);
        look(lab, blank(lab), src, 0, [40, 40]); // the source is rewound
        const seen = blank(lab);
        look(lab, seen, dst, 1, [2, 6]);
        copy(dst, src, 0);
        const again = blank(lab);
        look(lab, again, dst, 1, [2, 6]);
        const [first, second] = await Promise.all([lab.read(seen), lab.read(again)]);
        expectNumbers(lab, first, [5, 4], "the source written over after the copy");
        expectNumbers(lab, second, [5, 4], "a copy of no positions");
      },
      { kernel },
    ),
  ];
}

/** `copyKV` of the backend. */
function copierOf({ backend }: Lab): (dst: unknown, src: unknown, count: number) => void {
  if (backend.copyKV) return backend.copyKV.bind(backend);
  throw withoutIt("copyKV", "a backend without it: each answer to a prompt feeds it by itself");
}

function blank(lab: Lab): LabTensor {
  return lab.put(new Float32Array(2), 2, "dst");
}

/** Writes `v` at `pos`, with a key of zero, and looks at it: the mean of the values so far. */
function look(
  lab: Lab,
  dst: LabTensor,
  kv: unknown,
  pos: number,
  v: readonly number[],
  layer = 0,
): void {
  const [zero, value] = [blank(lab), lab.put(Float32Array.from(v), 2, "v")];
  const spans = spansOf({ from: 0, count: 1, pos, kv });
  lab.ops.kvWrite(layer, zero.handle, value.handle, spans);
  lab.ops.attention(dst.handle, zero.handle, layer, spans, 1);
}
