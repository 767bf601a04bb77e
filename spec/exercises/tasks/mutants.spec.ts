/** The conformance suite's known bugs of components, each as the function of a learner: all are named. */
import { describe, expect, it } from "vitest";
import type { Components } from "../../../src/backend/cpu/cpu.ts";
import { ATTENTION_MUTANTS } from "../../../src/conformance/mutants/attention.ts";
import { EMBED_MUTANTS } from "../../../src/conformance/mutants/embed.ts";
import { GELU_MUTANTS } from "../../../src/conformance/mutants/gelu.ts";
import type { Mutant } from "../../../src/conformance/mutants/mutant.ts";
import { NORM_MUTANTS } from "../../../src/conformance/mutants/norm.ts";
import { ROPE_MUTANTS } from "../../../src/conformance/mutants/rope.ts";
import { STRUCTURE_MUTANTS } from "../../../src/conformance/mutants/structure.ts";
import type { Parts, Row, Rows } from "../../../src/exercises/parts.ts";
import { check } from "../../../src/exercises/run/check.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { exerciseNamed, materials } from "../../support/exercises.ts";

const precision = float64;
const flat = (rows: Rows) => Float64Array.from(rows.flatMap((row) => [...row]));
const numbers = ({ data }: { data: ArrayLike<number> }): Row => Float64Array.from(data);

/** A component as a function of one row or one head. */
const AS_PART: {
  [C in "embed" | "rmsNorm" | "applyRope" | "attention" | "geglu"]: (
    component: Components[C],
  ) => Partial<Parts>;
} = {
  embed: (embed) => ({
    embed(id, table) {
      const D = table[0].length;
      const stored = { dtype: "float64", shape: [table.length, D], data: flat(table) } as const;
      return numbers(embed([id], stored, { scale: Math.sqrt(D), precision }));
    },
  }),
  rmsNorm: (rmsNorm) => ({
    rmsNorm(x, weight, eps) {
      const gain = tensor(weight, [x.length]);
      return numbers(rmsNorm(tensor(x, [1, x.length]), gain, { eps, normOffset: 1, precision }));
    },
  }),
  applyRope: (applyRope) => ({
    rope: (x, pos, theta) =>
      numbers(applyRope(tensor(x, [1, 1, x.length]), pos, { theta, precision })),
  }),
  attention: (attention) => ({
    attention(q, k, v, pos) {
      const H = q[0].length;
      const head = (rows: Rows) => tensor(flat(rows), [rows.length, 1, H]);
      const z = numbers(attention(head(q), head(k), head(v), { pos, precision }));
      return q.map((_, l) => z.slice(l * H, (l + 1) * H));
    },
  }),
  geglu: (geglu) => ({
    geglu(gate, up) {
      const one = (x: Row) => tensor(x, [1, x.length]);
      return numbers(geglu(one(gate), one(up), { precision }));
    },
  }),
};

/** The exercise of each component. */
const EXERCISE_OF = {
  ...{ embed: "embed", rmsNorm: "rmsnorm", applyRope: "rope" },
  ...{ attention: "attention", geglu: "geglu" },
} as const;

/** Bugs that are no learner's function of one row, and the mistake that they are on the road, if they are one. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "attention-head-modulo": "kvhead map: n mod K",
  "attention-scale-hidden": "none: the function does not know D",
  "rope-k-only": "none: which heads are turned is said by the model",
  "rope-q-only": "none: which heads are turned is said by the model",
  "rope-on-v": "none: which heads are turned is said by the model",
  "embed-scaled-head": "logits table: times √D",
  "structure-post-norm": "block norms: behind",
  "structure-no-final-norm": "logits norm: none",
  "structure-logit-cap-30": "logits end: capped at 30",
  "structure-untied-head": "none: there is one table on the road",
};

const ALL = [
  ...[...NORM_MUTANTS, ...ROPE_MUTANTS, ...ATTENTION_MUTANTS],
  ...[...GELU_MUTANTS, ...EMBED_MUTANTS, ...STRUCTURE_MUTANTS],
];

/** Those that a learner can have. One that rounds in the middle differs from itself in the last place. */
const written = ALL.filter(({ id, rounds }) => !rounds && !Object.hasOwn(ELSEWHERE, id));

function asPart({ parts }: Mutant): { name: string; fns: Partial<Parts> } {
  const [name] = Object.keys(parts.components ?? {}) as (keyof typeof AS_PART)[];
  const make = AS_PART[name] as (component: unknown) => Partial<Parts>;
  return { name: EXERCISE_OF[name], fns: make(parts.components?.[name]) };
}

describe("the conformance suite's bugs", () => {
  const named = new Map<string, string>();

  it.each(written.map((mutant) => [mutant.id, mutant] as const))("%s is named", (id, mutant) => {
    const { name, fns } = asPart(mutant);
    const verdict = check(exerciseNamed(name), fns, materials);
    expect(verdict).toMatchObject({ failure: { mistakes: [{ knob: expect.any(String) }] } });
    if (!("failure" in verdict)) return;
    const said = JSON.stringify([name, verdict.failure.mistakes]);
    // Each has a name of its own.
    expect(named.get(said)).toBe(undefined);
    named.set(said, id);
  });

  it("are many", () => {
    expect(written.length).toBeGreaterThan(20);
  });

  it("stand in another exercise where they are no function of one row", () => {
    for (const [id, place] of Object.entries(ELSEWHERE)) {
      expect(ALL.map((mutant) => mutant.id)).toContain(id);
      const [, name, knob, choice] = place.match(/^(\w+) (\w+): (.*)$/) ?? [];
      if (name) expect(exerciseNamed(name).knobs[knob]).toHaveProperty([choice]);
    }
  });
});
