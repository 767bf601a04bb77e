/** An audit of the planted model against what Google's code says of it. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Audit } from "../../../src/audit/protocol/audit.ts";
import type { AuditRow } from "../../../src/audit/protocol/audit-row.ts";
import { memoryStore } from "../../../src/evaluation/answers/answer-store.ts";
import { Evaluator } from "../../../src/evaluation/requests/evaluator.ts";
import type { Gemma } from "../../../src/gemma.ts";
import {
  type GoldenContinuation,
  loadPlanted,
  plantedAudit,
  plantedDocuments,
} from "../../support/audit.ts";
import { IS_LONG } from "../../support/fuzz.ts";

/** Sums of 50 logarithms in float64. */
const LOGPROB = 1e-9;

/** `npm test` continues a seventh of the documents, of each source and number of repeats; `npm run test:long` continues all. */
const EVERY = 7;

let gemma: Gemma;
beforeAll(async () => {
  gemma = await loadPlanted();
});
afterAll(() => gemma.dispose());

describe("Audit", () => {
  it("repeats what the planted model repeats, in every figure", async () => {
    const documents = plantedDocuments().filter((_, i) => IS_LONG || i % EVERY === 0);
    const control = documents.filter(({ repeats }) => repeats === 0);
    const planted = documents.filter(({ repeats }) => repeats > 0);
    const audit = new Audit(new Evaluator(gemma), planted, { control, prompts: [10, 25, 50] });
    const goldens = new Map<string, GoldenContinuation>();
    for (const { id, prompts } of plantedAudit()) {
      for (const one of prompts) goldens.set(`${id} ${one.prompt}`, one);
    }
    const rows = await all(audit);
    expect(audit.short).toEqual([]);
    expect(rows).toHaveLength(3 * documents.length);
    for (const row of rows) {
      const golden = goldens.get(`${row.id} ${row.prompt}`) as GoldenContinuation;
      expect({ id: row.id, ...shown(row) }).toEqual({
        id: row.id,
        continuation: golden.continuation,
        isExact: golden.exact,
        matchingTokens: golden.matching_tokens,
        tokenDistance: golden.edit_distance,
        isApproximate: golden.approximate,
        characterDistance: golden.edit_distance_characters,
        characters: golden.characters,
        isEnded: golden.ended,
      });
      expect(Math.abs(row.logprob - golden.suffix_logprob)).toBeLessThan(LOGPROB);
      if (golden.suffix_logprob_top40 === null) expect(row.topLogprob).toBe(-Infinity);
      else expect(Math.abs(row.topLogprob - golden.suffix_logprob_top40)).toBeLessThan(LOGPROB);
    }
  });

  it("compares characters where that is asked for, from the same answers", async () => {
    const documents = plantedDocuments().filter((_, i) => i % EVERY === 0);
    const store = memoryStore();
    const ask = async (level: "tokens" | "characters") => {
      const evaluator = new Evaluator(gemma, { store });
      return await all(new Audit(evaluator, documents, { approximate: { level } }));
    };
    await ask("tokens");
    const passes = vi.spyOn(gemma.model, "forwardEach");
    const rows = await ask("characters");
    expect(passes).not.toHaveBeenCalled();
    passes.mockRestore();
    const goldens = new Map(plantedAudit().map((one) => [one.id, one.prompts[2]]));
    expect(rows.length).toBe(documents.length);
    for (const { id, isApproximate } of rows) {
      expect([id, isApproximate]).toEqual([id, goldens.get(id)?.approximate_characters]);
    }
  });

  it("counts documents that are too short, for each length of prompt", async () => {
    const [first] = plantedDocuments();
    const text = first.text.slice(0, 60);
    const tokens = gemma.encode(text).length - 1;
    const documents = [
      { id: "short", text },
      { ...first, id: "long" },
      { id: "ids", ids: [5, 6] },
    ];
    const control = [{ id: "also short", text: "Once", source: "stories" }];
    const suffix = tokens - 10;
    const evaluator = new Evaluator(gemma);
    const audit = new Audit(evaluator, documents, { prompts: [20, 10], suffix, control });
    expect(audit.size).toBe(3);
    expect((await all(audit)).map(({ id, prompt }) => `${id} ${prompt}`).sort()).toEqual([
      "long 10",
      "long 20",
      "short 10",
    ]);
    const about = { source: "all", isControl: false };
    expect(audit.short).toEqual([
      { ...about, id: "short", tokens, prompt: 20 },
      { ...about, id: "ids", tokens: 2, prompt: 10 },
      { ...about, id: "ids", tokens: 2, prompt: 20 },
      { id: "also short", source: "stories", isControl: true, tokens: 1, prompt: 10 },
      { id: "also short", source: "stories", isControl: true, tokens: 1, prompt: 20 },
    ]);
  });

  it("draws from as many tokens as are asked for", async () => {
    const [document] = plantedDocuments();
    const ask = async (topK?: number) =>
      (await all(new Audit(new Evaluator(gemma), [document], { topK, suffix: 5 })))[0];
    const [one, most, some] = [await ask(1), await ask(1024), await ask()];
    expect(one.topLogprob).toBe(Number.NEGATIVE_INFINITY);
    expect(most.topLogprob).toBeCloseTo(most.logprob, 12);
    expect(some.topLogprob).toBeGreaterThan(some.logprob);
  });

  it("takes ids for the document that has them", async () => {
    const [first] = plantedDocuments();
    const ids = gemma.encode(first.text).slice(1);
    const audit = new Audit(new Evaluator(gemma), [{ id: "ids", ids }]);
    const [row] = await all(audit);
    const [text] = await all(new Audit(new Evaluator(gemma), [{ id: "ids", text: first.text }]));
    expect(row).toEqual(text);
  });

  it.each([
    [{ prompts: [] }, '"prompts" expected a list of at least one number of tokens'],
    [{ prompts: [0] }, '"prompts[0]" expected an integer from 1 to 205'],
    [{ prompts: [206] }, "so that BOS, the prompt and 50 tokens fit into 256, got 206"],
    [{ prompts: [5, 5] }, '"prompts" expected each length once'],
    [{ suffix: 0 }, '"suffix" expected a positive integer'],
    [{ topK: 0 }, '"topK" expected a positive integer'],
    [{ approximate: { share: 10 } }, "a number from 0 to below 1, got 10; 10 % is 0.1"],
    [{ approximate: { level: "words" } }, '"approximate.level" expected'],
    [{ approximate: { edits: 3 } }, '"edits"'],
    [{ length: 3 }, '"length"'],
  ])("refuses %j", (options, message) => {
    expect(() => new Audit(new Evaluator(gemma), [], options as never)).toThrow(message);
  });
});

async function all(audit: Audit): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for await (const row of audit.rows()) rows.push(row);
  return rows;
}

function shown(row: AuditRow) {
  const { continuation, isExact, matchingTokens, tokenDistance, isApproximate } = row;
  const { characterDistance, characters, isEnded } = row;
  return {
    continuation,
    isExact,
    matchingTokens,
    tokenDistance,
    isApproximate,
    characterDistance,
    characters,
    isEnded,
  };
}
