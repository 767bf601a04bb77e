/** What was disposed is not used any more: whoever tries is told so, and what to do. */
import { expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { fixtureFolder } from "../support/files.ts";

const load = (background = false) => Gemma.load(fixtureFolder("tiny-stories-it"), { background });

/** The refusal of `use`, as its message. */
async function refusal(use: () => unknown): Promise<string> {
  const error = await (async () => use())().then(
    () => "accepted",
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(ArgumentError);
  return error.message;
}

const MODEL = 'Gemma: "model" expected a model in use, got a disposed one; load it again';
it("a model: by its methods, its chats, and who was in the middle of an answer", async () => {
  const gemma = await load();
  const chat = gemma.chat();
  const generation = gemma.generate("Once");
  await generation.next();
  await gemma.dispose();
  for (const method of ["generate", "score", "logits", "trace", "logitLens"] as const) {
    const ask: (prompt: string) => unknown = gemma[method].bind(gemma);
    expect(await refusal(() => ask("Once"))).toBe(MODEL);
  }
  expect(await refusal(() => gemma.chat())).toBe(MODEL);
  expect(await refusal(() => generation.next())).toBe(MODEL);
  expect(await refusal(() => chat.send("Hi").next())).toBe(MODEL);
  expect(gemma.decode(gemma.encode("Once"))).toBe("Once"); // needs no model
});

it("a model that was loading in the background: by who waits for it", async () => {
  const gemma = await load(true);
  const waiting = [
    refusal(() => gemma.logits("Once")),
    refusal(() => gemma.generate("Once").next()),
    refusal(() => gemma.chat().send("Hi").next()),
    refusal(() => gemma.model.arrived),
  ];
  await gemma.dispose();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([MODEL]));
});

it("a chat, also in the middle of an answer, and its cache", async () => {
  const gemma = await load();
  const chat = gemma.chat();
  const answer = chat.send("What is 3 plus 4?");
  await answer.next();
  chat.dispose();
  expect(await refusal(() => answer.next())).toContain('"cache" expected a cache in use');
  for (const use of [() => chat.send("Hi").next(), () => chat.undo()]) {
    expect(await refusal(use)).toMatch(
      /^Chat\.\w+: "chat" expected a chat in use, .*; begin another$/,
    );
  }
  const cache = gemma.model.createCache();
  cache.dispose();
  expect(await refusal(() => gemma.generate("Once", { cache }).next())).toContain('"cache"');
  await gemma.dispose();
});
