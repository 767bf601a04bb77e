/** The reference as a testee. */
import { describe, expect, it } from "vitest";
import { engineTestee } from "../../../src/conformance/run/engine-testee.ts";
import { eightBits, quantisedWeights } from "../../../src/conformance/ways/quantised.ts";
import { geglu } from "../../../src/nn/geglu.ts";
import { bfloat16 } from "../../../src/tensor/precision.ts";
import { SUITE } from "../../support/suite.ts";

const model = SUITE.models.get("mqa") as never;
const feed = { ids: [2, 5, 9], pos: 0 };

async function logitsOf(options: Parameters<typeof engineTestee>[0]): Promise<number[]> {
  const testee = engineTestee(options);
  await testee.load(model);
  return Array.from((await testee.forward(feed, ["logits"])).get("logits")?.data ?? []);
}

const right = await logitsOf({});

describe("the options of an engine change what it computes", () => {
  it.each([
    ["components", { components: { geglu: (gate, up, o) => geglu(up, gate, o) } }],
    ["wiring", { wiring: { finalNorm: false } }],
    ["precision", { precision: bfloat16 }],
    ["weights", { weights: quantisedWeights(eightBits) }],
    ["mutant", { mutant: "rope-sign" }],
  ] as [string, Parameters<typeof engineTestee>[0]][])("%s", async (_, options) => {
    const logits = await logitsOf(options);
    expect(logits).toHaveLength(right.length);
    expect(logits).not.toEqual(right);
  });

  it("info is what it says of itself", () => {
    expect(engineTestee().info).toEqual({ name: "reference", accuracy: "float64" });
    expect(engineTestee({ mutant: "gelu-erf" }).info.name).toBe("reference with gelu-erf");
    const info = { name: "mine", accuracy: "q8" as const };
    expect(engineTestee({ precision: bfloat16, info }).info).toEqual(info);
  });

  it("a bug that there is not is refused, with those that there are", () => {
    const said = /"mutant" expected a known bug: embed-unscaled, .*, got "gelu"/;
    expect(() => engineTestee({ mutant: "gelu" })).toThrow(said);
  });

  it("feeding before loading is refused", async () => {
    await expect(engineTestee().forward(feed, [])).rejects.toThrow(
      "expected a model that was loaded",
    );
  });
});
