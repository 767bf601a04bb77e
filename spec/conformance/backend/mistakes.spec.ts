/** A mistake that is planted in a right backend is found, and the first message names kernel and situation. */
import { describe, expect, it } from "vitest";
import { backendResults } from "../../../src/conformance/backend/conformance.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { type BackendMistake, KIN, THIRTY } from "../../support/backend-mistakes.ts";
import { fixtureFolder } from "../../support/files.ts";

const suite = await openSuite(fixtureFolder("conformance"));

async function firstFailure({ make, patience }: BackendMistake): Promise<Result | undefined> {
  for await (const result of backendResults(make, suite, { patience })) {
    if (result.status === "fail" || result.status === "error") return result;
  }
  return undefined;
}

it("there are thirty of the study, and twice as many kin, all different", () => {
  expect(THIRTY).toHaveLength(30);
  const all = [...THIRTY, ...KIN];
  expect(KIN.length).toBeGreaterThan(60);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
});

describe.each([
  ["of the thirty", THIRTY],
  ["of their kin", KIN],
] as const)("the first message names each %s", (_, mistakes) => {
  it.each(mistakes.map((mistake) => [mistake.id, mistake] as const))("%s", async (_, mistake) => {
    const { message = "" } = (await firstFailure(mistake)) ?? {};
    expect(message).toMatch(mistake.situation);
    expect(message.slice(0, mistake.kernel.length)).toBe(mistake.kernel);
  });
});
