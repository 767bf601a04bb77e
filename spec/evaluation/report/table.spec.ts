/** The harness's table, as the harness and pytablewriter have set it (fixtures/evaluation/README.md). */
import { describe, expect, it } from "vitest";
import { resultsTable } from "../../../src/evaluation/report/table.ts";
import type { LmEvalResults } from "../../../src/evaluation/results/lm-eval-files.ts";
import { parseLmEvalResults } from "../../../src/evaluation/results/read.ts";
import { readFixture, readJson } from "../../support/goldens.ts";

const textOf = (path: string) => new TextDecoder().decode(readFixture(`evaluation/${path}`));

interface Case {
  readonly column: "results" | "groups";
  readonly given: LmEvalResults;
  readonly table: string;
}

describe("the table", () => {
  it.each(["base", "chat"])("of the run %s is the harness's", (run) => {
    const results = parseLmEvalResults(textOf(`results.${run}.json`));
    expect(resultsTable(results)).toBe(textOf(`table.${run}.md`));
  });

  it("is the harness's for groups, old versions, missing errors and names that are wide", () => {
    const cases = readJson<Case[]>("evaluation/tables.json");
    expect(cases.length).toBeGreaterThan(10);
    for (const { column, given, table } of cases) expect(resultsTable(given, column)).toBe(table);
  });
});
