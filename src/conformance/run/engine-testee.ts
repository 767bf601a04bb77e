/**
 * The reference as a testee: as it is, or with parts exchanged, as a known bug or another way to compute has them.
 * @module
 */

import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { Engine, type Parts } from "../engine/engine.ts";
import { type OpCall, runOp } from "../engine/run-op.ts";
import { withWeights } from "../engine/run-vector.ts";
import { type EngineModel, readWeights } from "../engine/weights.ts";
import { MUTANTS } from "../mutants/mutants.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import type { Feed } from "../vectors/vector.ts";
import type { Outputs, Testee, TesteeInfo } from "./testee.ts";

/** What the engine computes with, and what it says of itself. */
export interface EngineTesteeOptions extends Parts {
  /** A known bug to switch on, by its id. */
  readonly mutant?: string;
  /** What its report says of it. */
  readonly info?: Partial<TesteeInfo>;
}

const NAMES: OptionNames<EngineTesteeOptions> = {
  components: true,
  wiring: true,
  precision: true,
  weights: "function",
  mutant: true,
  info: true,
};

/**
 * The reference as a testee.
 * @throws {ArgumentError} if there is no such mutant.
 */
export function engineTestee(options: EngineTesteeOptions = {}): Testee {
  assertOptions("engineTestee", options, NAMES);
  const { mutant, info, ...given } = options;
  const parts = mutant === undefined ? given : merged(given, partsOf(mutant));
  let model: EngineModel | undefined;
  let engine: Engine | undefined;
  const live = (): Engine => {
    if (engine) return engine;
    throw refusals("forward").argument("model", "a model that was loaded", "no model");
  };
  return {
    info: {
      name: mutant === undefined ? "reference" : `reference with ${mutant}`,
      accuracy: parts.precision?.name ?? "float64",
      ...info,
    },
    async load({ config, tensors, name }: SuiteModel) {
      model = withWeights(await readWeights(config, tensors, name), parts.weights);
      engine = new Engine(model, parts);
    },
    async reset() {
      live();
      engine = new Engine(model as EngineModel, parts);
    },
    async forward({ ids, pos }: Feed, taps: readonly TapName[]): Promise<Outputs> {
      const all = live().feed(ids, pos);
      return new Map([...all].filter(([tap]) => taps.includes(tap) || tap === "logits"));
    },
    async op(call: OpCall): Promise<Outputs> {
      return runOp(call, parts);
    },
  };
}

/** The parts of a known bug. @throws {ArgumentError} if there is no such bug. */
export function partsOf(mutant: string): Pick<Parts, "components" | "wiring"> {
  const found = MUTANTS.find(({ id }) => id === mutant);
  if (found) return found.parts;
  const expected = `a known bug: ${MUTANTS.map(({ id }) => id).join(", ")}`;
  throw refusals("engineTestee").argument("mutant", expected, brief(mutant));
}

/** Both changes at once. Of two that change the same part, the second counts. */
export function merged(a: Parts, b: Parts): Parts {
  return {
    ...a,
    ...b,
    components: { ...a.components, ...b.components },
    wiring: { ...a.wiring, ...b.wiring },
  };
}
