/** The likelihood of ids. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { score, scoreList } from "../../../src/generation/likelihood/score.ts";
import { windowsOf } from "../../../src/generation/likelihood/windows.ts";
import { counting } from "../../support/counting.ts";
import { golden, loadOn } from "../../support/goldens.ts";

const IDS = [...golden("mqa/prompt-40.npz", "ids")];

describe("score", () => {
  it("of ids after other ids is the end of the score of all, and computes no other logits", async () => {
    const backend = cpuBackend({ maxRows: 16, precision: "float64" });
    const logits: number[] = [];
    const model = await loadOn("mqa", {
      ...backend,
      alloc(label, rows, columns) {
        if (label === "logits") logits.push(rows);
        return backend.alloc(label, rows, columns);
      },
    });
    const given = IDS.slice(0, 37);
    const after = await score(model, IDS.slice(37), { given });
    expect(Math.max(...logits)).toBeLessThanOrEqual(IDS.length - 37);
    const all = await score(model, IDS);
    expect(after.tokens).toEqual(all.tokens.slice(36));
    expect(after.logprobs).toEqual(all.logprobs.slice(36));
    expect(after.greedy).toEqual(all.greedy.slice(36));
    expect(await scoreList(model, [IDS.slice(37), [5]], { given })).toEqual([
      after,
      await score(model, [5], { given }),
    ]);
  });

  it("leaves nothing in the backend", async () => {
    const { backend, account } = counting(cpuBackend({ precision: "float64" }));
    const model = await loadOn("mqa", backend);
    await score(model, IDS, { window: 7, stride: 2 });
    await expect(score(model, [1, 2], { given: new Array(300).fill(2) })).rejects.toThrow(
      /300|302/,
    );
    expect(account.out.kv).toBe(0);
  });
});

describe("windowsOf", () => {
  it("predicts each token once, after as many as fit", () => {
    for (let length = 1; length <= 6; length++) {
      for (let stride = 1; stride <= length; stride++) {
        for (let count = 0; count <= 15; count++) {
          const tokens = Array.from({ length: count }, (_, i) => 10 + i);
          const windows = windowsOf(tokens, 2, length, stride);
          expect(windows.flatMap(({ predicted }) => predicted)).toEqual(tokens);
          const all = [2, ...tokens];
          let done = 0;
          for (const [i, { given, predicted }] of windows.entries()) {
            done += predicted.length;
            const from = done + 1 - given.length - predicted.length;
            expect([...given, ...predicted]).toEqual(all.slice(from, done + 1));
            expect(given.length + predicted.length - 1).toBe(Math.min(length, done));
            if (i > 0) expect(given.length).toBeGreaterThan(length - stride);
            expect(predicted.length).toBeLessThanOrEqual(i === 0 ? length : stride);
          }
        }
      }
    }
  });
});
