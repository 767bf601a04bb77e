import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import {
  PATCH_SITES,
  type PatchSite,
  patchingSweep,
} from "../../../src/interp/interventions/patching.ts";
import { runWithCache, runWithHooks } from "../../../src/interp/run/run-with-cache.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { checkpoint, load, promptIds } from "../../support/goldens.ts";

const clean = promptIds("gqa", "prompt-7");
const CHANGED = 3;
const corrupted = clean.map((id, t) => (t === CHANGED ? id + 1 : id));
const metric = { correct: 11, wrong: 200 };

/** The difference of logits at the last position, of logits of all. */
function difference(logits: NdArray): number {
  const last = logits.shape[0] - 1;
  return logits.get(last, metric.correct) - logits.get(last, metric.wrong);
}

describe("patchingSweep", () => {
  it("restores all where all that differs is put back, and nothing where nothing differs", async () => {
    const model = await load("gqa", "float64");
    const sites = ["resid_pre", "mlp_out", "attn_out"] as const;
    const sweep = await patchingSweep(model, { clean, corrupted, metric, sites });
    expect(sweep.clean).toBe(difference(await runWithHooks(model, clean, [])));
    expect(sweep.corrupted).toBe(difference(await runWithHooks(model, corrupted, [])));
    const { resid_pre, mlp_out } = sweep.sites;
    expect(resid_pre.axes).toEqual(["layer", "position"]);
    expect([resid_pre.layers, resid_pre.columns]).toEqual([
      [0, 1],
      [0, 1, 2, 3, 4, 5, 6],
    ]);
    const last = clean.length - 1;
    for (const p of resid_pre.columns) {
      // Before the first block only the changed token differs.
      expect(resid_pre.score.get(0, p)).toBe(p === CHANGED ? 1 : 0);
      // Nobody reads the last MLP but the logits of its own position.
      expect(mlp_out.score.get(1, p) === 0).toBe(p !== last);
      // Tokens before the changed one are the same in every layer.
      if (p < CHANGED) expect(resid_pre.score.get(1, p)).toBe(0);
    }
    expect(resid_pre.raw.get(0, CHANGED)).toBe(sweep.clean);
    expect(resid_pre.raw.get(0, 0)).toBe(sweep.corrupted);
  });

  it("of every site is the corrupted run with the clean activation in its place", async () => {
    const model = await load("gqa", "float64");
    const taps: Record<PatchSite, string> = {
      resid_pre: "hook_resid_pre",
      resid_mid: "hook_resid_mid",
      resid_post: "hook_resid_post",
      attn_out: "hook_attn_out",
      mlp_out: "hook_mlp_out",
      q: "attn.hook_q",
      k: "attn.hook_k",
      v: "attn.hook_v",
      pattern: "attn.hook_pattern",
      z: "attn.hook_z",
    };
    const cache = await runWithCache(model, clean);
    const places = { layers: -1, positions: [CHANGED, -1] };
    const sweep = await patchingSweep(model, {
      clean,
      corrupted,
      metric: (logits) => logits.get(metric.correct) - logits.get(metric.wrong),
      sites: PATCH_SITES,
      ...places,
    });
    const { numAttentionHeads: N, numKeyValueHeads: K } = model.config;
    for (const site of PATCH_SITES) {
      const { raw, score, columns, axes, layers } = sweep.sites[site];
      expect([site, layers]).toEqual([site, [1]]);
      const count = axes[1] === "position" ? 2 : "kv".includes(site) ? K : N;
      expect([site, columns.length, ...raw.shape]).toEqual([site, count, 1, count]);
      const name = `blocks.1.${taps[site]}`;
      const x = cache.get(name);
      for (const [c, column] of columns.entries()) {
        const logits = await runWithHooks(model, corrupted, {
          [name]: (value) => {
            const [a, b] = value.shape;
            // A slice of an axis: the head of a map, the head of a row, or the row of a position.
            const [axis, rest] = site === "pattern" ? [0, b] : axes[1] === "head" ? [1, a] : [0, 1];
            for (let i = 0; i < rest; i++) {
              if (axes[1] === "position")
                value.pick(column, null).data.set(rowOf(x, column), column * b);
              else {
                const [from, to] = [x, value].map((y) =>
                  axis === 0 ? y.pick(column, i, null) : y.pick(i, column, null),
                );
                for (let h = 0; h < from.shape[0]; h++) to.set(h, from.get(h));
              }
            }
          },
        });
        expect([site, column, raw.get(0, c)]).toEqual([site, column, difference(logits)]);
        const share = (raw.get(0, c) - sweep.corrupted) / (sweep.clean - sweep.corrupted);
        expect(score.get(0, c)).toBe(share + 0);
      }
      expect(new Set(raw.data).size, site).toBeGreaterThan(1);
    }
  });

  it("computes the logits of the last position only, tells how far it is, and stops on abort", async () => {
    const model = await load("gqa", "float32");
    const told: string[] = [];
    const abort = new AbortController();
    const options = { clean, corrupted, sites: "z", layers: 0 } as const;
    const sizes = new Set<number>();
    const watched = (logits: NdArray) => {
      sizes.add(logits.data.length);
      expect(logits.shape).toEqual([model.config.vocabSize]);
      return logits.get(5);
    };
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      told.push(`${done} of ${total}`);
    };
    await patchingSweep(model, { ...options, metric: watched, onProgress });
    expect(told).toEqual([1, 2, 3, 4, 5, 6].map((done) => `${done} of 6`));
    expect([...sizes]).toEqual([model.config.vocabSize]);
    const stopped = patchingSweep(model, {
      ...options,
      metric,
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done === 2) abort.abort("enough");
        told.push("more");
      },
    });
    await expect(stopped).rejects.toBe("enough");
    expect(told.length).toBe(6 + 2);
  });

  it("refuses texts that do not compare, and what would do nothing", async () => {
    const model = await load("gqa", "float32");
    const good = { clean, corrupted, metric, sites: "z" } as const;
    const refused = async (options: object) => {
      const error = await patchingSweep(model, { ...good, ...options }).catch((caught) => caught);
      expect(error).toBeInstanceOf(ArgumentError);
      return error.message;
    };
    expect(await refused({ corrupted: [...corrupted, 9] })).toBe(
      'patchingSweep: "corrupted" expected as many tokens as clean has (7), got 8; they are compared position by position: exchange words for words of as many tokens',
    );
    expect(await refused({ corrupted: clean })).toContain("there is nothing to bring back");
    expect(await refused({ positions: 2 })).toContain("sweeps over heads only (z)");
    expect(await refused({ sites: ["z", "resid"] })).toContain('got "resid"');
    expect(await refused({ sites: [] })).toContain('"sites"');
    expect(await refused({ layers: 2 })).toContain('"layers"');
    expect(await refused({ metric: { correct: 3, wrong: 3 } })).toContain("3 twice");
    expect(await refused({ metric: { correct: 3, wrong: 257 } })).toContain('"metric.wrong"');
    expect(await refused({ metric: { correct: 3, wrongs: 5 } })).toContain("wrong");
    expect(await refused({ metric: () => Number.NaN })).toContain("a finite number");
    expect(await refused({ clean: undefined })).toContain('"clean"');
  });

  it("of Gemma takes texts", async () => {
    const gemma = await Gemma.load(await checkpoint("tiny-stories-it"), { backend: "cpu" });
    const texts = { clean: "Mira had 6 plums", corrupted: "Mira had 7 plums" };
    const ids = { clean: gemma.encode(texts.clean), corrupted: gemma.encode(texts.corrupted) };
    const options = { metric, sites: "attn_out", layers: 3, positions: -1 } as const;
    const sweep = await gemma.patchingSweep({ ...texts, ...options });
    expect(sweep).toEqual(await patchingSweep(gemma.model, { ...ids, ...options }));
    expect(sweep.sites.attn_out.score.data[0]).not.toBe(0);
  });
});

function rowOf({ data, shape }: NdArray, row: number): NdArray["data"] {
  return data.subarray(row * shape[1], (row + 1) * shape[1]);
}
