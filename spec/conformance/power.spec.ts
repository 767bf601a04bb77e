/** The suite has teeth: each known bug is killed, in every class that claims it. */
import { describe, expect, it } from "vitest";
import type { Accuracy } from "../../src/backend/backend.ts";
import { ACCURACIES } from "../../src/conformance/accuracy.ts";
import { KILLED, powerOf } from "../../src/conformance/judge/power.ts";
import { claims } from "../../src/conformance/mutants/claims.ts";
import { MUTANTS } from "../../src/conformance/mutants/mutants.ts";
import type { Suite } from "../../src/conformance/vectors/suite.ts";
import type { Vector } from "../../src/conformance/vectors/vector.ts";
import { readFile } from "../support/files.ts";
import { MATERIALS, SUITE } from "../support/suite.ts";

const one = (vector: Vector): Suite => ({ ...SUITE, vectors: [vector] });

describe.each(MUTANTS)("$id", (mutant) => {
  it("is killed where that is claimed, and nowhere else", () => {
    const killed = new Set<Accuracy>();
    for (const vector of SUITE.vectors) {
      if (killed.size === ACCURACIES.length) break; // no further vector can change that
      for (const [accuracy, { over }] of powerOf(mutant, one(vector), MATERIALS)) {
        if (over >= KILLED) killed.add(accuracy);
      }
    }
    const isKilled = ACCURACIES.filter((accuracy) => killed.has(accuracy));
    expect(isKilled).toEqual(ACCURACIES.filter((accuracy) => claims(mutant.id, accuracy)));
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
