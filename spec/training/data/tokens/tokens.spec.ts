/** Ids as sequences: files, documents, windows, packing. */
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../../../src/checkpoint/numpy/npy.ts";
import { writeNpz } from "../../../../src/checkpoint/numpy/npz.ts";
import { xoshiro128 } from "../../../../src/random.ts";
import { fillOf, packSequences } from "../../../../src/training/data/tokens/packing.ts";
import {
  documentSequences,
  type SequenceList,
  textSequence,
  windowSequences,
} from "../../../../src/training/data/tokens/sequences.ts";
import { readTokens } from "../../../../src/training/data/tokens/token-file.ts";
import { readFile } from "../../../support/files.ts";

const list = (sequences: SequenceList) =>
  Array.from({ length: sequences.length }, (_, i) => {
    const { ids, mask } = sequences.at(i) ?? { ids: [], mask: [] };
    return [Array.from(ids), Array.from(mask)];
  });

describe("token files", () => {
  it("are .npz of several arrays", () => {
    const corpus = readTokens(readFile("fixtures/learning/pretraining/corpus.npz"), {
      vocabSize: 1024,
    });
    // numpy.load: shapes
    expect(Array.from(corpus, ([name, { length }]) => [name, length])).toEqual([
      ["stories.train", 55703],
      ["stories.valid", 4251],
      ["facts.train", 45300],
      ["facts.valid", 8263],
    ]);
  });

  it("are .npy of one", () => {
    const data = Uint32Array.from([2, 255_999, 1]);
    expect(readTokens(writeNpy({ shape: [3], data })).get("tokens")).toEqual(data);
  });

  it("are refused where they hold no ids of the model", () => {
    const options = { vocabSize: 10, name: "c.npz" };
    const npz = (data: Uint16Array | Float32Array | Int32Array, shape = [data.length]) =>
      writeNpz({ train: { shape, data } });
    expect(() => readTokens(npz(Uint16Array.of(1, 10)), options)).toThrow(
      'readTokens: c.npz/train: "[1]" expected an id from 0 to 9, got 10; the file was made with another tokenizer',
    );
    expect(() => readTokens(npz(Float32Array.of(1)), options)).toThrow("<u2 or <u4");
    expect(() => readTokens(npz(Uint16Array.of(1, 2), [1, 2]), options)).toThrow("one axis");
  });
});

describe("sequences", () => {
  const corpus = Uint16Array.of(2, 5, 6, 1, 2, 7, 1, 2, 8);

  it("are documents, each but for its first token a target", () => {
    expect(list(documentSequences(corpus))).toEqual([
      [
        [2, 5, 6, 1],
        [0, 1, 1, 1],
      ],
      [
        [2, 7, 1],
        [0, 1, 1],
      ],
      [
        [2, 8],
        [0, 1],
      ],
    ]);
    expect(documentSequences(corpus).at(3)).toBeUndefined();
    expect(() => documentSequences(Uint16Array.of(5, 2))).toThrow('"corpus[0]" expected 2');
  });

  it("are windows in which each token is a target once, and a beginning never", () => {
    const windows = windowSequences(corpus, { length: 3, bosIsTarget: false });
    expect(list(windows)).toEqual([
      [
        [2, 5, 6, 1],
        [0, 1, 1, 1],
      ],
      [
        [1, 2, 7, 1],
        [0, 0, 1, 1],
      ],
    ]);
    expect([windows.documentsIn?.(0), windows.documentsIn?.(1)]).toEqual([1, 1]);
    expect(list(windowSequences(corpus, { length: 3, bos: 99, bosIsTarget: false }))[1][1]).toEqual(
      [0, 1, 1, 1],
    );
    const whole = windowSequences(corpus, { length: 3 });
    expect(list(whole)[1][1]).toEqual([0, 1, 1, 1]);
    expect(whole.documentsIn?.(1)).toBe(1);
    expect(() => windowSequences(corpus, { length: 9 })).toThrow("10 ids at least");
    expect(() => windowSequences([2, 3] as never)).toThrow("Uint32Array.from(ids)");
  });

  it("of the planted corpus are as many as fit, with all its targets", () => {
    const tokens = readTokens(readFile("fixtures/learning/pretraining/corpus.npz"));
    const stories = tokens.get("stories.train") ?? new Uint16Array();
    const windows = windowSequences(stories, { length: 64, bosIsTarget: false });
    expect(windows.length).toBe(Math.floor((55703 - 1) / 64));
    let [targets, documents] = [0, 0];
    for (let i = 0; i < windows.length; i++) {
      targets += Array.from(windows.at(i)?.mask ?? []).reduce((a, b) => a + b, 0);
      documents += windows.documentsIn?.(i) ?? 0;
    }
    const used = stories.subarray(0, windows.length * 64 + 1);
    const begins = used.filter((id) => id === 2).length;
    expect(documents).toBe(used.subarray(0, -1).filter((id) => id === 2).length);
    expect(targets).toBe(used.length - begins);
  });
});

describe("packing", () => {
  const sequence = (length: number, first = 0) =>
    textSequence(Array.from({ length }, (_, i) => first + i));

  it("is best fit, decreasing: by hand", () => {
    // 7 | 5 5 | 4: 5 beside 5; 3 into the 7's row, where it leaves no room; 4 alone.
    const rows = packSequences(
      [5, 3, 7, 5, 4].map((n) => sequence(n)),
      { length: 10 },
    );
    expect(rows.map((row) => row.map(({ ids }) => ids.length))).toEqual([[5, 5], [3, 7], [4]]);
    expect(fillOf(rows, 10)).toBeCloseTo(0.8, 15);
  });

  it("keeps each sequence as it is, fills no row beyond its length, and needs few rows", () => {
    const random = xoshiro128(3);
    for (let round = 0; round < 50; round++) {
      const length = 8 + Math.floor(random() * 100);
      const sequences = Array.from({ length: 60 }, () =>
        sequence(1 + Math.floor(random() * length)),
      );
      const rows = packSequences(sequences, { length });
      expect(new Set(rows.flat())).toEqual(new Set(sequences));
      expect(rows.flat()).toHaveLength(60);
      const sizes = rows.map((row) => row.reduce((sum, { ids }) => sum + ids.length, 0));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(length);
      // No fewer rows than these are possible; the bound is Johnson's.
      const least = Math.ceil(sizes.reduce((a, b) => a + b) / length);
      const large = sequences.filter(({ ids }) => ids.length > length / 2).length;
      expect(rows.length).toBeLessThanOrEqual((11 / 9) * Math.max(least, large) + 1);
    }
  });

  it("refuses longer sequences, cuts them, or makes several of them, without a target on a seam", () => {
    const long = sequence(7, 10);
    expect(() => packSequences([sequence(2), long], { length: 3 })).toThrow(
      'packSequences: "sequences[1]" expected at most 3 ids, got 7',
    );
    const cut = packSequences([long], { length: 3, longer: "cut" }).flat();
    expect(cut).toEqual([{ ids: [10, 11, 12], mask: [0, 1, 1] }]);
    const split = packSequences([long], { length: 3, longer: "split" }).flat();
    expect(split).toEqual([
      { ids: [10, 11, 12], mask: [0, 1, 1] },
      { ids: [13, 14, 15], mask: [0, 1, 1] },
      { ids: [16], mask: [0] },
    ]);
  });
});
