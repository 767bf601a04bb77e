import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { detectHeads, HEAD_KINDS, headScores } from "../../../src/interp/heads/head-detectors.ts";
import { repeatedTokens } from "../../../src/interp/heads/repeated-tokens.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { PieceType } from "../../../src/tokenizer/model-proto.ts";
import { checkpoint, load, promptIds } from "../../support/goldens.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const loaded = checkpoint("tiny-stories-it").then((from) => Gemma.load(from, { threads: 1 }));

describe("headScores", () => {
  // BOS a b c a b c
  const ids = [2, 7, 8, 9, 7, 8, 9];
  /** Head 0 reads the token before, head 1 the same one, head 2 what came after it (the BOS, if there is none), head 3 itself. */
  const looks = [
    [0, 0, 1, 2, 3, 4, 5],
    [0, 0, 0, 0, 1, 2, 3],
    [0, 0, 0, 0, 2, 3, 4],
    [0, 1, 2, 3, 4, 5, 6],
  ];
  const pattern = tensor(new Float64Array(4 * 49), [4, 7, 7]);
  for (const [n, keys] of looks.entries())
    for (const [l, s] of keys.entries()) pattern.set(n, l, s, 1);

  it.each([
    ["previous-token", [6, 1, 1, 0]],
    ["duplicate-token", [0, 3, 0, 0]],
    ["induction", [0, 0, 3, 0]],
  ] as const)("%s counts the queries that read such a key", (kind, found) => {
    const { scores, heads } = headScores([pattern], ids, kind);
    expect([...scores.data]).toEqual(found.map((count) => count / 7));
    const best = Math.max(...found);
    expect(heads[0]).toEqual({
      layer: 0,
      head: (found as readonly number[]).indexOf(best),
      score: best / 7,
    });
  });

  it("takes a weight for what it is", () => {
    const halves = tensor(
      pattern.data.map((x) => x / 4),
      [4, 7, 7],
    );
    for (let l = 0; l < 7; l++) halves.set(0, l, l, halves.get(0, l, l) + 0.75);
    const { scores } = headScores([halves], ids, "previous-token");
    expect(scores.get(0, 0)).toBe((6 * 0.25) / 7);
    expect(scores.get(0, 1)).toBe(1 / 7); // rows that do not sum to 1 are weighed by their sum
  });
});

describe("detectHeads", () => {
  it("gives what TransformerLens's masks give, by their own construction", async () => {
    const model = await load("gqa", "float64");
    const ids = repeatedTokens("spec", model, { length: 12, seed: 3 });
    const T = ids.length;
    const square = (one: (l: number, s: number) => number) =>
      ids.map((_, l) => ids.map((_, s) => one(l, s)));
    // head_detector.py: an eye below the diagonal; equal tokens without the diagonal, tril; these rolled to the right.
    const eye = square((l, s) => (l - 1 === s ? 1 : 0));
    const equal = square((l, s) => (ids[l] === ids[s] && s < l ? 1 : 0));
    const rolled = equal.map((row, l) => [0, ...row.slice(0, -1)].map((x, s) => (s <= l ? x : 0)));
    const masks = { "previous-token": eye, "duplicate-token": equal, induction: rolled };
    const cache = await runWithCache(model, ids, { names: "attn.hook_pattern" });
    for (const kind of HEAD_KINDS) {
      const found = await detectHeads(model, ids, { kind });
      expect(found.most).toBeCloseTo(kind === "previous-token" ? (T - 1) / T : 12 / T, 14);
      expect([found.kind, found.scores.shape]).toEqual([kind, [2, 6]]);
      for (const [layer, pattern] of [...cache].map(([, x]) => x).entries()) {
        for (let n = 0; n < 6; n++) {
          let sum = 0;
          for (let l = 0; l < T; l++) {
            for (let s = 0; s < T; s++) sum += masks[kind][l][s] * pattern.get(n, l, s);
          }
          expect(found.scores.get(layer, n)).toBeCloseTo(sum / T, 12); // rows sum to 1 but for rounding
        }
      }
      const sorted = found.heads.map(({ score }) => score);
      expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
      expect(new Set(found.heads.map(({ layer, head }) => 6 * layer + head)).size).toBe(12);
      for (const { layer, head, score } of found.heads) {
        expect(found.scores.get(layer, head)).toBe(score);
      }
      // Random tokens of a seed are the same as those from outside.
      expect(await detectHeads(model, undefined, { kind, length: 12, seed: 3 })).toEqual(found);
    }
  });

  it("of Gemma takes a text, or random pieces of text that come twice", async () => {
    const gemma = await loaded;
    const text = "Mira the fox";
    const { ids } = await gemma.detectHeads(text, { kind: "previous-token" });
    expect(ids).toEqual(gemma.encode(text));
    const random = await gemma.detectHeads(undefined, { kind: "previous-token" });
    const r = random.ids.slice(1, 51);
    expect(random.ids).toEqual([2, ...r, ...r]);
    const types = gemma.tokenizer?.vocabulary.types ?? [];
    expect(new Set(r.map((id) => types[id]))).toEqual(new Set([PieceType.NORMAL]));
    // What it is for: some head of a trained model reads the token before far more than an even share, 5 of 100.
    expect(random.heads[0].score).toBeGreaterThan(0.2);
    const among = [20, 21, 22, 23];
    const few = await gemma.detectHeads(undefined, { kind: "induction", among });
    expect([...few.ids.slice(1, 5)].sort()).toEqual(among);
  });

  it("refuses what has nothing to find, what does nothing, and stops on abort", async () => {
    const model = await load("gqa", "float32");
    const ids = promptIds("gqa", "prompt-7");
    const refused = async (text: number[] | undefined, options: object) => {
      const error = await detectHeads(model, text, options as never).catch((caught) => caught);
      expect(error).toBeInstanceOf(ArgumentError);
      return [error.argument, error.expected];
    };
    const kind = "induction";
    expect(await refused([2, 5, 6], { kind })).toEqual(["ids", "a token that comes twice"]);
    expect(await refused([2], { kind: "previous-token" })).toEqual(["ids", "two tokens or more"]);
    expect(await refused(ids, { kind, seed: 1 })).toEqual([
      "seed",
      "no ids, as it is about random ones",
    ]);
    expect(await refused(undefined, {})).toEqual(["kind", HEAD_KINDS.join(" | ")]);
    expect((await refused(undefined, { kind: "name-mover" }))[0]).toBe("kind");
    const signal = AbortSignal.abort("enough");
    await expect(detectHeads(model, undefined, { kind, signal })).rejects.toBe("enough");
  });
});

describe("repeatedTokens", () => {
  it("is BOS and a seed's different tokens, twice, none of them special", async () => {
    const { model } = await loaded;
    const { config } = model;
    const padded = { config, paddingIds: Array.from({ length: 1000 }, (_, id) => id + 20) };
    const ids = repeatedTokens("spec", padded, { seed: 5 });
    const r = ids.slice(1, 1 + (ids.length - 1) / 2);
    expect(ids).toEqual([config.bosTokenId, ...r, ...r]);
    // 1,024 ids less the padding and <pad>, <eos>, <bos>: all that is left, in another order.
    expect([...r].sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 17 }, (_, i) => i + 3),
      ...[1020, 1021, 1022, 1023],
    ]);
    expect(repeatedTokens("spec", model)).toHaveLength(101);
    expect(repeatedTokens("spec", model, { seed: 5 })).toEqual(
      repeatedTokens("spec", model, { seed: 5 }),
    );
    expect(repeatedTokens("spec", model, { seed: 6 })).not.toEqual(
      repeatedTokens("spec", model, { seed: 5 }),
    );
    for (const options of [
      { length: 256 },
      { length: 1 },
      { seed: -1 },
      { among: [5] },
      { among: [1024, 5] },
    ]) {
      expect(thrownBy(() => repeatedTokens("spec", model, options))).toBeInstanceOf(ArgumentError);
    }
  });
});
