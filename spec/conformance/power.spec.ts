/** The suite has teeth: each known bug is killed, in every class that claims it. */
import { describe, expect, it } from "vitest";
import { ACCURACIES } from "../../src/conformance/accuracy.ts";
import { KILLED, powerOf } from "../../src/conformance/judge/power.ts";
import { claims } from "../../src/conformance/mutants/claims.ts";
import { MUTANTS } from "../../src/conformance/mutants/mutants.ts";
import { readFile } from "../support/files.ts";
import { MATERIALS, SUITE } from "../support/suite.ts";

describe.each(MUTANTS)("$id", (mutant) => {
  it("is killed where that is claimed, and nowhere else", () => {
    for (const [accuracy, { over }] of powerOf(mutant, SUITE, MATERIALS)) {
      expect({ accuracy, killed: over >= KILLED }).toEqual({
        accuracy,
        killed: claims(mutant.id, accuracy),
      });
    }
  });

  it("is claimed in float64 and in float32, which everybody can run in once", () => {
    expect(claims(mutant.id, "float64") && claims(mutant.id, "float32")).toBe(true);
  });
});

it("docs/power-matrix.md has a row for each, with the claims of today", () => {
  const rows = new TextDecoder()
    .decode(readFile("docs/power-matrix.md"))
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const claimed = Object.fromEntries(
    rows.map(([, id, ...cells]) => [
      id.replaceAll("`", ""),
      ACCURACIES.filter((_, i) => !cells[i].startsWith("(")),
    ]),
  );
  const today = MUTANTS.map(({ id }) => [
    id,
    ACCURACIES.filter((accuracy) => claims(id, accuracy)),
  ]);
  expect(claimed).toEqual(Object.fromEntries(today));
});
