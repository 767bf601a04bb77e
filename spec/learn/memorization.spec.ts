/** Page 20: its figures are computed when it is built, and are those of Google's code. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { GuessingEvaluator } from "../../docs/learn/build/memory/guessing-evaluator.ts";
import { Evaluator } from "../../src/evaluation/requests/evaluator.ts";
import { loadPlanted, plantedAudit, plantedDocuments } from "../support/audit.ts";
import { readJson } from "../support/goldens.ts";

const page = readFileSync(
  fileURLToPath(new URL("../../docs/learn/20-memorization.md", import.meta.url)),
  "utf8",
);

/** The cells of a table behind its head, up to its end. */
function rowsBehind(head: string): string[][] {
  const lines = page.slice(page.indexOf(head)).split("\n").slice(2);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

interface Counts {
  readonly documents: number;
  readonly exact: number;
  readonly exact_wilson: readonly [number, number];
}
const summary = readJson("evaluation/planted/summary.json") as {
  readonly by_prompt_and_repeats: Readonly<Record<string, Readonly<Record<string, Counts>>>>;
  readonly canaries: {
    readonly cases: readonly { repeats: number; rank: number; exposure: number }[];
  };
};

it("counts the exact continuations that Google's code has, by copies and length of prompt", () => {
  const of = summary.by_prompt_and_repeats;
  const expected = Object.entries(of["50"]).map(([copies, { documents, exact_wilson }]) => [
    copies === "0" ? "0: the control" : copies,
    String(documents),
    ...["10", "25", "50"].map((prompt) => String(of[prompt][copies].exact)),
    `${exact_wilson.map((share) => (100 * share).toFixed(0)).join("–")} %`,
  ]);
  expect(rowsBehind("| copies         | documents |")).toEqual(expected);
});

it("has the bits of each canary", () => {
  const expected = summary.canaries.cases.map(({ repeats, rank, exposure }) => [
    String(repeats),
    rank.toLocaleString("en-US"),
    exposure.toFixed(1),
  ]);
  expect(rowsBehind("| copies | rank of its secret |")).toEqual(expected);
});

it("takes a guess only if the model says the same", async () => {
  const gemma = await loadPlanted();
  const ended = plantedAudit().findIndex(({ prompts }) => prompts[0].ended);
  const ids = gemma.encode(plantedDocuments()[ended].text).slice(0, 11);
  const { continuation } = plantedAudit()[ended].prompts[0];
  const requests = [{ ids, maxTokens: 50 }];
  const said = async (evaluator: Evaluator) => {
    for await (const { answer } of evaluator.continueTokens(requests)) return answer;
    return undefined;
  };
  const plain = await said(new Evaluator(gemma));
  expect(plain?.tokens).toEqual(continuation);
  const wrong = continuation.with(3, continuation[3] + 1);
  const guesses = [continuation, wrong, continuation.slice(0, -1), [...continuation, 5]];
  for (const guess of guesses) {
    const { logprobs, ...answer } = (await said(new GuessingEvaluator(gemma, [[ids, guess]])))!;
    const { logprobs: own, ...expected } = plain!;
    expect(answer).toEqual(expected);
    expect(Math.max(...logprobs.map((one, i) => Math.abs(one - own[i])))).toBeLessThan(1e-12);
  }
  await gemma.dispose();
});
