import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { type GeneratedToken, Generation } from "../../src/generation/generation.ts";

const TEXT = ["Once", " upon", " a"];

/** A generation of three tokens, and how often it was begun. */
function three(failure?: Error): { generation: Generation; begun: () => number } {
  let begun = 0;
  const generation = new Generation(async function* () {
    begun++;
    for (const [token, text] of TEXT.entries()) {
      await undefined; // a model takes its time
      yield { token, text, logprob: -1 };
    }
    if (failure) throw failure;
    return { finishReason: "eos", stopReason: 1 };
  });
  return { generation, begun: () => begun };
}

async function loop(generation: Generation, most = 9): Promise<GeneratedToken[]> {
  const tokens: GeneratedToken[] = [];
  for await (const token of generation) {
    if (tokens.push(token) === most) break;
  }
  return tokens;
}

const refusal = (op: string, got: string) =>
  `${op}: "generation" expected one that nobody else reads, got one whose ${got}; ` +
  "the pieces of text are not kept: keep them in the loop, or decode generation.tokens";

describe("a generation made a string", () => {
  it.each<[string, (generation: Generation) => string]>([
    ["a template", (generation) => `${generation}`],
    ["a sum", (generation) => `The answer: ${generation as never}`],
    ["String", String],
  ])("by %s says that nothing ran, and how it runs", (_, make) => {
    const { generation, begun } = three();
    expect(() => make(generation)).toThrow(ArgumentError);
    expect(() => make(generation)).toThrow("await generation.text()");
    expect(begun()).toBe(0);
  });
});

describe("the text of a generation", () => {
  it("is the same whenever it is asked for, also at the same time, and is generated once", async () => {
    const { generation, begun } = three();
    const both = await Promise.all([generation.text(), generation.text()]);
    expect([...both, await generation.text()]).toEqual(Array(3).fill("Once upon a"));
    expect([begun(), generation.finishReason]).toEqual([1, "eos"]);
  });

  it("fails each time with the same error", async () => {
    const failure = new Error("no");
    const { generation } = three(failure);
    await expect(generation.text()).rejects.toBe(failure);
    await expect(generation.text()).rejects.toBe(failure);
    expect(generation.finishReason).toBeUndefined();
  });

  it("is as far as it came when it is ended meanwhile, and stays that", async () => {
    const { generation } = three();
    const text = generation.text();
    expect(await generation.return()).toEqual({ done: true, value: undefined });
    expect(["", "Once", "Once upon"]).toContain(await text);
    expect(await generation.text()).toBe(await text);
    expect(generation.finishReason).toBe("abort");
  });

  it.each<[string, string, (generation: Generation) => Promise<unknown>]>([
    ["is under way", "begun", (generation) => generation.next()],
    ["has ended", "ended", (generation) => loop(generation)],
    ["was left", "ended", (generation) => loop(generation, 1)],
    ["failed", "ended", (generation) => loop(generation).catch(() => {})],
    ["was ended before it began", "ended", (generation) => generation.return()],
  ])("is refused when a loop %s, instead of being a part of it or empty", async (how, is, use) => {
    const { generation } = three(how === "failed" ? new Error("no") : undefined);
    await use(generation);
    const error = await generation.text().catch((caught) => caught);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toBe(refusal("Generation.text", `loop has ${is}`));
  });
});

describe("the loop of a generation", () => {
  it("may begin by hand, goes on by for-await, and stays ended", async () => {
    const { generation } = three();
    expect((await generation.next()).value?.text).toBe("Once");
    expect((await loop(generation)).map(({ text }) => text)).toEqual([" upon", " a"]);
    expect(await generation.next()).toEqual({ done: true, value: undefined });
  });

  it.each<[string, string, (generation: Generation) => Promise<unknown>]>([
    ["another has ended", "loop has ended", (generation) => loop(generation)],
    ["another was left", "loop has ended", (generation) => loop(generation, 2)],
    ["text() was called", "text() was called", (generation) => generation.text()],
  ])("is refused when %s, instead of being empty", async (_, got, use) => {
    const { generation } = three();
    await use(generation);
    await expect(loop(generation)).rejects.toThrow(refusal("for await", got));
  });

  it("takes no token from a text that is under way", async () => {
    const { generation } = three();
    const text = generation.text();
    await expect(generation.next()).rejects.toThrow(
      refusal("Generation.next", "text() was called"),
    );
    expect(await text).toBe("Once upon a");
  });
});

it("two loops at once are refused, where each would get some of the tokens", async () => {
  const { generation } = three();
  const first = loop(generation);
  await expect(loop(generation)).rejects.toThrow(refusal("for await", "loop has begun"));
  expect(await first).toHaveLength(3);
});

it("tokens may be taken by hand before a loop takes the rest", async () => {
  const { generation } = three();
  expect((await generation.next()).value?.text).toBe("Once");
  expect((await loop(generation)).map(({ text }) => text)).toEqual(TEXT.slice(1));
});
