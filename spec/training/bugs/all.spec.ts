/**
 * The 35 bugs of "Which golden sees which bug" (fixtures/learning/README.md), put into our own parts: each makes the comparison
 * with its golden fail, which passes without it.
 */
import { describe, expect, it } from "vitest";
import { IS_LONG } from "../../support/fuzz.ts";
import { LEARNING_MODELS, type LearningModel } from "../../support/learning.ts";
import { BACKWARD_BUGS } from "./backward-bugs.ts";
import { LORA_BUGS } from "./lora-bugs.ts";
import { LOSS_BUGS } from "./loss-bugs.ts";
import { OPTIMIZER_BUGS } from "./optimizer-bugs.ts";
import { type Bug, type GoldenName, PARTS } from "./parts.ts";
import { PREFERENCE_BUGS } from "./preference-bugs.ts";
import { RUNS } from "./runs.ts";

const BUGS: readonly Bug[] = [
  ...BACKWARD_BUGS,
  ...LOSS_BUGS,
  ...OPTIMIZER_BUGS,
  ...LORA_BUGS,
  ...PREFERENCE_BUGS,
];

/** The bar of gradients and losses: float64, but for roundings. Finals are allowed 1e-10, and do not need it. */
const BAR = 1e-12;
/** What is missed by so much is no rounding. */
const SEEN = 100 * BAR;

/** In npm test `micro` alone, which can show every bug. */
const models: readonly LearningModel[] = IS_LONG ? LEARNING_MODELS : ["micro"];

describe.each(models)("%s", (model) => {
  it.each(Object.keys(RUNS) as GoldenName[])("passes without a bug: %s", async (golden) => {
    expect(await RUNS[golden](model, PARTS)).toBeLessThan(BAR);
  });

  it.each(BUGS)("$golden sees: $name", async ({ golden, parts, missed, hiddenFrom }) => {
    const distance = await RUNS[golden](model, { ...PARTS, ...parts });
    if (hiddenFrom?.includes(model)) expect(distance).toBeLessThan(BAR);
    else expect(distance).toBeGreaterThan(SEEN);
    if (model !== "micro") return;
    // The table has one digit.
    expect(distance / missed).toBeGreaterThan(0.6);
    expect(distance / missed).toBeLessThan(1.6);
  });
});

it("are those of the table, each once", () => {
  expect(new Set(BUGS.map(({ name }) => name)).size).toBe(35);
});
