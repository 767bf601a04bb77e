/** What the tiny models say on WebGPU: the goldens of Google's code in float64, token by token. */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { Gemma } from "../../../src/gemma.ts";
import { fixtureFolder } from "../../support/files.ts";
import { STORY_MODELS } from "../../support/goldens.ts";
import { greedyGoldens } from "../../support/greedy.ts";
import { GPU_HERE } from "../../support/webgpu.ts";

describe.skipIf(!GPU_HERE)("greedy text on WebGPU", { timeout: 900_000 }, () => {
  it.each(Object.keys(STORY_MODELS))("%s says what float64 says", async (name) => {
    const backend = await webgpuBackend();
    const gemma = await Gemma.load(fixtureFolder(name), { backend });
    const goldens = greedyGoldens(name);
    const maxTokens = Math.max(...goldens.map(({ greedy_ids }) => greedy_ids.length));
    // All at once: a pass has a row of each, after passes of many rows.
    const answers = gemma.generate(
      goldens.map(({ prompt }) => prompt),
      { maxTokens },
    );
    const said = await Promise.all(
      answers.map(async (answer, i) => {
        const tokens: number[] = [];
        for await (const { token } of answer) tokens.push(token);
        return tokens.slice(0, goldens[i].greedy_ids.length);
      }),
    );
    expect(said).toEqual(goldens.map(({ greedy_ids }) => greedy_ids));
    await gemma.dispose();
    backend.dispose();
  });
});
