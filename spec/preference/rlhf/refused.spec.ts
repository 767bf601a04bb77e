/** What the loop refuses. */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { rlhf } from "../../../src/preference/rlhf/rlhf.ts";
import type { RewardOf } from "../../../src/preference/rollout/answer.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import { frozen, onOneSide, PROMPTS, rlhfRun } from "../../support/rlhf.ts";
import { SMALL, small, tokenizer } from "../../support/small-model.ts";
import { thrownBy } from "../../support/thrown-by.ts";

describe("rlhf refuses", () => {
  it.each<[string, object]>([
    ["tokenizer", { tokenizer: undefined }],
    ["reward", { reward: 3 }],
    ["reference", { reference: undefined }],
    ["beta", { beta: -1 }],
    ["groupSize", { groupSize: 1 }],
    ["promptsPerStep", { promptsPerStep: 0 }],
    ["baselineDecay", { baselineDecay: 0.5 }],
    ["baselineDecay", { baseline: "moving-average", baselineDecay: 2 }],
    ["level", { level: "word" }],
    ["clip", { clip: 0.2 }],
    ["innerSteps", { innerSteps: 2 }],
    ["maxTokens", { maxTokens: 0 }],
    ["monitor", { monitor: { observe: 5 } }],
    ["warmup", { schedule: constant(1), warmup: 2 }],
    ["zLoss", { zLoss: 0.1 }],
    ["temperature", { temperature: 0.7 }],
  ])("%s: %j", async (name, options) => {
    const given = { tokenizer, reward: onOneSide, reference: await frozen(), ...options };
    const model = await small();
    const error = thrownBy(() => rlhf(model, PROMPTS, given as never));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(`"${name}"`);
  });

  it("the model itself as its reference, and prompts that are none, by their number", async () => {
    const model = await small();
    const given = { tokenizer, reward: onOneSide, reference: await frozen() };
    const refused = (prompts: unknown, options: object = given) =>
      thrownBy(() => rlhf(model, prompts as never, options as never)).message;
    expect(refused(PROMPTS, { ...given, reference: model })).toContain("another model");
    expect(refused([PROMPTS[0], { text: "Hi" }])).toContain("prompts[1]");
    expect(refused([{ prompt: "Hi" }])).toContain('[{ role: "user"');
    const answered = [
      { role: "user", content: "Hi" },
      { role: "model", content: "Hello" },
    ];
    expect(refused([{ messages: answered }])).toContain("a last message of the user");
    expect(refused([])).toContain("one at least");
    const long = [{ role: "user", content: "a ".repeat(SMALL.maxPositionEmbeddings) }];
    expect(refused([PROMPTS[0], long])).toContain("prompts[1]");
  });

  it("rewards that are missing or no numbers", async () => {
    const model = await small();
    await expect(rlhfRun(model, { reward: () => [1] })).rejects.toThrow('"reward"');
    const bad: RewardOf = (answers) => answers.map(() => Number.NaN);
    await expect(rlhfRun(model, { judge: bad })).rejects.toThrow('"judge[0]"');
  });
});
