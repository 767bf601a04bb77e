/** The rows of the heat map. */
import { describe, expect, it } from "vitest";
import { rowsOf } from "../../../../src/conformance/report/html/tap-order.ts";
import { result, tapResult } from "../../../support/reports.ts";

const vector = (...taps: string[]) => result({ taps: taps.map((tap) => tapResult({ tap })) });
const order = (...vectors: string[][]) =>
  rowsOf(vectors.map((taps) => vector(...taps))).flatMap(({ rows }) => rows.map(({ tap }) => tap));

describe("rows", () => {
  it("are in computing order, though each vector has only some", () => {
    expect(order(["c", "e"], ["a", "c"], ["a", "b", "c", "e"], ["b", "d", "e"])).toEqual([
      ...["a", "b", "d", "c", "e"],
    ]);
    expect(order(["logits"], ["embed", "q", "logits"], ["q", "z", "logits"])).toEqual([
      ...["embed", "q", "z", "logits"],
    ]);
    expect(order(["b"], ["a", "b"])).toEqual(["a", "b"]);
    expect(order(["c", "e"], ["b", "e"], ["b", "c", "e"])).toEqual(["b", "c", "e"]);
    expect(order([], ["x"], ["y"])).toEqual(["x", "y"]);
    expect(order(["a", "c", "d", "e"], ["b", "c"])).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("are layer by layer, though no vector has all layers", () => {
    const q = (layer: number) => `blocks.${layer}.attn.hook_q`;
    const z = (layer: number) => `blocks.${layer}.attn.hook_z`;
    expect(
      order(["embed", q(0), q(2), "logits"], ["logits"], ["embed", q(10), "logits"], [z(0), q(1)]),
    ).toEqual(["embed", q(0), z(0), q(1), q(2), q(10), "logits"]);
    expect(order(["logits"], [q(0)])).toEqual([q(0), "logits"]);
  });

  it("have every output once, also where two vectors disagree", () => {
    expect(order(["a", "b", "c"], ["c", "b", "a", "d"]).sort()).toEqual(["a", "b", "c", "d"]);
    expect(order(["a", "a"], ["a"])).toEqual(["a"]);
  });

  it("are grouped by layer, with the names of the goldens", () => {
    const taps = [
      tapResult({ tap: "hook_embed" }),
      tapResult({ tap: "blocks.0.ln1.hook_out", golden: "layers.0.attn_norm" }),
      tapResult({ tap: "blocks.0.hook_resid_post" }),
      tapResult({ tap: "blocks.10.ln1.hook_out" }),
      tapResult({ tap: "ln_final.hook_out", golden: "final_norm" }),
    ];
    expect(rowsOf([result({ taps })])).toEqual([
      { title: "", rows: [{ tap: "hook_embed", name: "hook_embed" }] },
      {
        title: "block 0",
        rows: [
          { tap: "blocks.0.ln1.hook_out", name: "ln1.hook_out", golden: "attn_norm" },
          { tap: "blocks.0.hook_resid_post", name: "hook_resid_post" },
        ],
      },
      { title: "block 10", rows: [{ tap: "blocks.10.ln1.hook_out", name: "ln1.hook_out" }] },
      {
        title: "",
        rows: [{ tap: "ln_final.hook_out", name: "ln_final.hook_out", golden: "final_norm" }],
      },
    ]);
  });

  it("may be twenty thousand", () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `x${i}`);
    expect(order(names)).toEqual(names);
  });
});
