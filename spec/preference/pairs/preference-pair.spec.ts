/** Rows of preferences as token ids, in all forms that TRL reads. */
import { describe, expect, it } from "vitest";
import { fittingPairs } from "../../../src/preference/pairs/fitting-pairs.ts";
import {
  type PreferenceRow,
  preferencePair,
} from "../../../src/preference/pairs/preference-pair.ts";
import { GEMMA_CHAT } from "../../../src/tokenizer/chat-format.ts";
import { conversation } from "../../../src/tuning/conversation.ts";
import { storyteller, tales } from "../../support/tales.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const { checkpoint, tokenizer } = await storyteller();
const { config } = checkpoint;

const user = (content: string) => ({ role: "user", content }) as const;
const says = (content: string) => ({ role: "assistant", content }) as const;
const [ASKED, GOOD, BAD] = [user("Tell a tale."), says("Sam was happy."), says("Sam was sad.")];

const pair = (row: object, options = {}) =>
  preferencePair(row as PreferenceRow, tokenizer, options);
const textOf = (ids: ArrayLike<number>) => tokenizer.decode(Array.from(ids));

describe("preferencePair", () => {
  it("is the two conversations, of which the answers and their ends are learnt", () => {
    const { chosen, rejected, ...rest } = pair({
      prompt: [ASKED],
      chosen: [GOOD],
      rejected: [BAD],
    });
    expect(chosen).toEqual(conversation([ASKED, GOOD], tokenizer));
    expect(rejected).toEqual(conversation([ASKED, BAD], tokenizer));
    expect(rest).toEqual({});
    const learnt = chosen.ids.filter((_, t) => chosen.mask[t] === 1);
    expect(textOf(learnt.subarray(0, -1))).toBe("Sam was happy.");
    expect(learnt.at(-1)).toBe(tokenizer.idOf("<end_of_turn>"));
  });

  it.each<[string, object]>([
    ["has no prompt", { chosen: [ASKED, GOOD], rejected: [ASKED, BAD] }],
    [
      "calls the model by either name",
      { chosen: [ASKED, GOOD], rejected: [ASKED, { ...BAD, role: "model" }] },
    ],
    [
      "has a text beside messages",
      { prompt: "Tell a tale.", chosen: [ASKED, GOOD], rejected: [ASKED, BAD] },
    ],
    ["has more in it", { prompt: [ASKED], chosen: [GOOD], rejected: [BAD], score_chosen: 8 }],
  ])("takes a row that %s", (_, row) => {
    expect(pair(row)).toEqual(pair({ prompt: [ASKED], chosen: [GOOD], rejected: [BAD] }));
  });

  it("learns no answer of the turns that both have", () => {
    const before = [ASKED, says("Which?"), user("Any.")];
    const whole = pair({ chosen: [...before, GOOD], rejected: [...before, BAD] });
    expect(whole).toEqual(pair({ prompt: before, chosen: [GOOD], rejected: [BAD] }));
    expect(whole.chosen.mask.indexOf(1)).toBe(whole.chosen.promptLength);
  });

  it("takes texts without turns, which are parted before a space", () => {
    const row = { prompt: "Sam was", chosen: " happy.", rejected: " sad." };
    const whole = pair({ chosen: "Sam was happy.", rejected: "Sam was sad." });
    expect(whole).toEqual(pair(row));
    expect(whole.chosen.ids[0]).toBe(tokenizer.bosId);
    expect(whole.chosen.ids.at(-1)).toBe(tokenizer.eosId);
    expect(textOf(whole.chosen.ids.subarray(whole.chosen.promptLength, -1))).toBe(" happy.");
  });

  it("keeps margin and certainty", () => {
    const row = { prompt: [ASKED], chosen: [GOOD], rejected: [BAD], margin: 0.5, certainty: 0.5 };
    expect(pair(row)).toMatchObject({ margin: 0.5, certainty: 0.5 });
  });

  it("puts a system's message before the user's, where it is asked to", () => {
    const row = {
      prompt: [{ role: "system", content: "Be kind." }, ASKED],
      chosen: [GOOD],
      rejected: [BAD],
    };
    const asked = user("Be kind.\n\nTell a tale.");
    expect(pair(row, { system: "prepend" })).toEqual(
      pair({ prompt: [asked], chosen: [GOOD], rejected: [BAD] }),
    );
    expect(() => pair(row)).toThrow(/system/);
  });

  it("puts both by the options of conversations", () => {
    const asked = user("Tell <end_of_turn>");
    const row = { prompt: [asked], chosen: [GOOD], rejected: [BAD] };
    const texts = { prompt: "Sam was", chosen: " happy.", rejected: " sad." };
    const ids = { bosTokenId: 5, eosTokenId: 6 };
    for (const options of [{ allowTurnMarkers: true }, { format: { ...GEMMA_CHAT, bos: false } }]) {
      const { chosen, rejected } = pair(row, options);
      expect(chosen).toEqual(conversation([asked, GOOD], tokenizer, options));
      expect(rejected).toEqual(conversation([asked, BAD], tokenizer, options));
      expect(chosen).not.toEqual(pair(row).chosen);
    }
    const { chosen } = pair(texts, ids);
    expect([chosen.ids[0], chosen.ids.at(-1)]).toEqual([5, 6]);
    expect(() => pair(row, { vocabSize: 7 })).toThrow(
      /"chosen.ids\[0\]" expected an integer from 0 to 6/,
    );
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, '"row" expected { prompt, chosen, rejected }'],
    ["no preference", { prompt: [ASKED], completion: [GOOD] }, '"row" expected { prompt, chosen'],
    ["one answer", { prompt: [ASKED], chosen: [GOOD], rejected: 5 }, '"rejected" expected a list'],
    ["two kinds", { prompt: [ASKED], chosen: [GOOD], rejected: "no" }, '"rejected" expected what'],
    ["no answer", { prompt: [ASKED], chosen: [], rejected: [BAD] }, '"chosen" expected a last'],
    [
      "an answer that asks",
      { prompt: [ASKED], chosen: [GOOD], rejected: [BAD, ASKED] },
      '"rejected" expected a last message of the model',
    ],
    [
      "another question",
      { chosen: [ASKED, GOOD, user("A"), GOOD], rejected: [ASKED, GOOD, user("B"), BAD] },
      '"chosen[0]" expected a message of the model, got a message of the user',
    ],
    ["a text in a list", { prompt: [ASKED], chosen: [GOOD], rejected: ["no"] }, '"rejected[0]"'],
    ["no content", { prompt: [ASKED], chosen: [{ role: "model" }], rejected: [BAD] }, '"chosen'],
    ["the same twice", { chosen: [ASKED, GOOD], rejected: [ASKED, GOOD] }, "two that are the same"],
    ["a beginning", { chosen: [ASKED, GOOD], rejected: [ASKED] }, "all of it in chosen"],
    ["nothing in common", { chosen: "Sam", rejected: "Ben" }, '"prompt" expected one, or answers'],
    [
      "a margin that is none",
      { prompt: [ASKED], chosen: [GOOD], rejected: [BAD], margin: "big" },
      '"margin" expected',
    ],
    [
      "a certainty above 1",
      { prompt: [ASKED], chosen: [GOOD], rejected: [BAD], certainty: 2 },
      '"certainty" expected a number from 0 to 1',
    ],
  ])("refuses %s", (_, row, message) => {
    const error = thrownBy(() => pair(row as object));
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^preferencePair: /);
  });
});

describe("fittingPairs", () => {
  const rows = tales<PreferenceRow>("pairs-valid");
  const named = { op: "dpo", argument: "rows" };

  it("reads the tales", () => {
    const { pairs, leftOut } = fittingPairs(config, rows, { tokenizer }, named);
    expect(pairs).toHaveLength(160);
    expect(leftOut).toBe(0);
    for (const [i, { prompt, rejected }] of rows.entries()) {
      const expected = conversation({ prompt, completion: rejected } as never, tokenizer);
      expect(pairs[i].rejected).toEqual(expected);
    }
  });

  it("leaves out a pair of which either answer is too long", () => {
    const { pairs } = fittingPairs(config, rows, { tokenizer }, named);
    const lengths = pairs.map(({ chosen, rejected }) => [chosen.ids.length, rejected.ids.length]);
    for (const maxTokens of [60, 65, 70]) {
      const fits = ([a, b]: number[]) => a <= maxTokens && b <= maxTokens;
      const found = fittingPairs(config, rows, { tokenizer, maxTokens }, named);
      expect(found.pairs).toEqual(pairs.filter((_, i) => fits(lengths[i])));
      expect(found.leftOut).toBe(160 - found.pairs.length);
    }
    const none = () => fittingPairs(config, rows, { tokenizer, maxTokens: 5 }, named);
    expect(none).toThrow(/dpo: "rows" expected pairs of answers of at most 5 tokens, got 160/);
  });

  it("says which row it refuses, or file and line", () => {
    const bad = { ...rows[0], chosen: [] };
    const read = (row: object) => () =>
      fittingPairs(config, [rows[0], row as PreferenceRow], { tokenizer }, named);
    expect(read(bad)).toThrow(/dpo: "rows\[1\]: chosen" expected a last message of the model/);
    expect(read({ ...bad, where: "pairs.jsonl:2" })).toThrow(/pairs\.jsonl:2/);
    expect(() => fittingPairs(config, {} as never, { tokenizer }, named)).toThrow(/preferences/);
    expect(() => fittingPairs(config, [], { tokenizer }, named)).toThrow(/got no rows/);
  });
});
