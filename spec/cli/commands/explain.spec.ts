/** One token followed through the model: its numbers are the library's, and its formulas hold. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import type { Followed, Row } from "../../../src/cli/commands/explain-follow.ts";
import { tokenDistribution } from "../../../src/generation/sampler.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { Model } from "../../../src/model/model.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { cli } from "../../support/cli.ts";
import { checkpoint, load } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";

const TEXT = "Once upon a time, there was";
const IDS = [2, 591, 595, 287, 594, 994, 425, 296];
const explained = async (...argv: string[]): Promise<Followed> => {
  const { code, out, err } = await cli(["explain", "--json", "--precision", "float64", ...argv]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out);
};
const rowsOf = ({ embedding, attention, rest }: Followed): Row[] =>
  [embedding, ...attention, ...rest].flatMap(({ rows }) => rows);

describe("explain", () => {
  it("has the numbers of runWithCache, under the names of their taps", async () => {
    const argv = [TEXT, "--position", "3", "--layer", "-2", "--head", "3"];
    const followed = await explained(...argv);
    expect([followed.position, followed.layer, followed.head]).toEqual([3, 2, 3]);
    expect(followed.tokens.map(({ id }) => id)).toEqual(IDS);
    const cache = await runWithCache(await load("tiny-stories-it", "float64"), IDS);
    const tapped = rowsOf(followed).filter(({ tap }) => tap !== undefined);
    expect(tapped.length).toBe(20);
    for (const { tap = "", numbers } of tapped) {
      const x = cache.get(tap);
      const head = x.shape.length < 3 ? 0 : x.shape[1] === 1 ? 0 : 3;
      expect(numbers).toEqual(
        numbers.map((_, i) => (x.shape.length < 3 ? x.get(3, i) : x.get(3, head, i))),
      );
    }
    const pattern = cache.get("blocks.2.attn.hook_pattern");
    const scores = cache.get("blocks.2.attn.hook_attn_scores");
    expect(followed.scores.map(({ probability, score }) => [probability, score])).toEqual(
      [0, 1, 2, 3].map((s) => [pattern.get(3, 3, s), scores.get(3, 3, s)]),
    );
    const logits = (cache.logits as NdArray).pick(3, null);
    const { probabilities } = tokenDistribution(logits, {});
    for (const { id, logit, probability } of followed.next) {
      expect(logit).toBe(logits.get(id));
      expect(probability).toBeCloseTo(probabilities[id], 14);
    }
    const { id, probability } = followed.actual ?? { id: -1, probability: 0 };
    expect(id).toBe(594);
    expect(probability).toBeCloseTo(probabilities[594], 14);
  });

  it("has rows of which its formulas are true", async () => {
    const followed = await explained(TEXT);
    const row = (step: number, name: string) => {
      const { embedding, attention, rest } = followed;
      const found = [embedding, ...attention, ...rest][step].rows.find((one) => one.name === name);
      return found?.numbers ?? expect.unreachable(name);
    };
    const equal = (got: readonly number[], expected: readonly number[]) => {
      expect(got.length).toBe(expected.length);
      got.forEach((x, i) => {
        expect(x).toBeCloseTo(expected[i], 9);
      });
    };
    const [root] = row(0, "√D");
    equal(
      row(0, "x"),
      row(0, "table[id]").map((x) => x * root),
    );
    const [scale] = row(1, "scale");
    const x = row(1, "x");
    expect(scale).toBeCloseTo(Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length), 4); // ε
    const [q, turned, φ] = [row(2, "q, head 0"), row(3, "q, turned"), row(3, "φ of pairs")];
    equal(
      turned.slice(0, 32),
      φ.map((angle, i) => q[i] * Math.cos(angle) - q[i + 32] * Math.sin(angle)),
    );
    equal(
      row(4, "x"),
      x.map((v, i) => v + row(4, "Wo z")[i]),
    );
    equal(
      row(6, "gelu · up"),
      row(6, "gelu(gate)").map((v, i) => v * row(6, "up")[i]),
    );
    equal(
      row(6, "x"),
      row(4, "x").map((v, i) => v + row(6, "Wdown …")[i]),
    );
  });

  it("looks through the lens as a model would that ends there", async () => {
    const { lens, next } = await explained(TEXT);
    const { config, tensors } = await checkpoint("tiny-stories-it");
    for (const { layer, top } of lens) {
      const numHiddenLayers = layer + 1;
      const isLeft = (name: string) => Number(/layers\.(\d+)/.exec(name)?.[1] ?? 0) <= layer;
      const model = await Model.load({
        config: { ...config, numHiddenLayers },
        tensors: new Map([...tensors].filter(([name]) => isLeft(name))),
        backend: cpuBackend({ precision: "float64" }),
      });
      const { data } = await model.forward(IDS, model.createCache());
      const { probabilities } = tokenDistribution(data, {});
      const best = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
      expect(top.map(({ id }) => id)).toEqual(best.slice(0, 3));
      for (const { id, probability } of top) expect(probability).toBeCloseTo(probabilities[id], 9);
    }
    expect(lens.at(-1)?.top.map(({ id }) => id)).toEqual(next.slice(0, 3).map(({ id }) => id));
  });

  it("fits eighty columns and ninety lines, in plain text", async () => {
    const wide = `${"ärgerlich 🐌 ".repeat(9)} <end_of_turn>\n`;
    for (const text of [TEXT, "", wide]) {
      const { code, out } = await cli(["explain", text]);
      expect(code).toBe(0);
      const lines = out.split("\n");
      expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
      expect(lines.length).toBeLessThan(91);
      expect(out).not.toContain("\u001b[");
    }
    const { out } = await cli(["explain", TEXT], { terminal: true });
    expect(out).toContain("\u001b[1m 9  MLP\u001b[22m");
  });

  it("says where the text goes on, and shows ids where there are no pieces", async () => {
    const { out } = await cli(["explain", TEXT, "--position", "4"]);
    expect(out).toMatch(/^▁time, position 4: through block 0 of 4/);
    expect(out).toMatch(/Greedy takes .*\. The text goes on with , \(\d+\.\d %\)\.\n$/);
    const ids = await cli(["explain", "--model", fixture("mqa"), "--ids", "2,7,9"]);
    expect(ids.code).toBe(0);
    expect(ids.out).toMatch(/^9, position 2:/);
  });

  it.each([
    [["--position", "9"], "--position expects an integer from -8 to 7, got 9"],
    [["--layer", "4"], "--layer expects an integer from -4 to 3, got 4"],
    [["--head", "x"], "--head expects an integer"],
  ])("refuses %o", async (argv, message) => {
    const { code, err } = await cli(["explain", TEXT, ...argv]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
