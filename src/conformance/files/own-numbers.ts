/**
 * One's own numbers, judged: arrays that an engine has written, of vectors of the suite or of prompts of one's own
 * on any small model. The truth and the budgets of the latter are computed on the spot.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { assertIdsBelow } from "../../check.ts";
import { countParameters, type GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { formatCount } from "../../table.ts";
import type { RowSource } from "../../tensor/stored.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { type Materials, runVector } from "../engine/run-vector.ts";
import { readWeights } from "../engine/weights.ts";
import { budgetsOf } from "../judge/budget.ts";
import type { Report } from "../run/result.ts";
import { report, type Session } from "../run/run.ts";
import type { TesteeInfo } from "../run/testee.ts";
import type { Suite, SuiteModel } from "../vectors/suite.ts";
import type { ForwardVector } from "../vectors/vector.ts";
import type { Group } from "./given-arrays.ts";

/** A model to compare with, as a checkpoint has it. */
export interface GivenModel {
  readonly name: string;
  readonly config: GemmaConfig;
  readonly tensors: ReadonlyMap<string, RowSource>;
}

/** What own numbers are held against. */
export interface OwnNumbers {
  readonly groups: readonly Group[];
  readonly accuracy: Accuracy;
  readonly testee: TesteeInfo;
  readonly signal?: AbortSignal;
  readonly onResult?: Session["onResult"];
}

/** Multiply-adds of one pass that are still a matter of seconds, with some sixty passes to come. */
const MOST_WORK = 4e8;

/** Judges groups that are named as vectors of the suite. */
export async function judgeVectors(own: OwnNumbers, suite: Suite): Promise<Report> {
  const given = new Map(own.groups.map((group) => [group.name, group.outputs]));
  const unknown = [...given.keys()].find((id) => !suite.vectors.some((vector) => vector.id === id));
  if (unknown !== undefined) {
    const hint = "gemma-reference verify export DIR lists the vectors";
    throw refusals("verify").argument("vector", "the id of a vector", unknown, hint);
  }
  const vectors = suite.vectors.filter(({ id }) => given.has(id));
  const tiers = [...new Set(vectors.map(({ tier }) => tier))];
  return report({ ...sessionOf(own), suite, tiers }, vectors, async ({ id }) => {
    return given.get(id) as ReadonlyMap<string, NdArray>;
  });
}

/**
 * Judges prompts of one's own.
 * @throws {ArgumentError} if the ids of a prompt are not known, or not of the model's vocabulary.
 * @throws {UnsupportedError} if the model is so large that this would take minutes.
 */
export async function judgePrompts(own: OwnNumbers, model: GivenModel): Promise<Report> {
  const { config, tensors, name } = model;
  for (const { name, ids } of own.groups) assertPrompt(name, ids, config);
  const materials: Materials = {
    models: new Map([[name, await readWeights(config, tensors, name)]]),
    inputs: new Map(),
  };
  const expected = new Map<string, NdArray>();
  const vectors = own.groups.map((group): ForwardVector => {
    const id = group.name || "prompt";
    const asked = {
      id,
      tier: "T1" as const,
      kind: "forward" as const,
      model: name,
      note: `${group.ids?.length} tokens on ${name}.`,
      feeds: [{ ids: group.ids as readonly number[], pos: 0 }],
      taps: [...group.outputs.keys()],
    };
    const truth = runVector(asked, materials);
    for (const [tap, array] of truth) expected.set(`${id}/${tap}`, array);
    const budgets = budgetsOf(own.accuracy, (parts) => runVector(asked, materials, parts), truth);
    return {
      ...asked,
      taps: [...truth.keys()],
      budgets: { [own.accuracy]: Object.fromEntries(budgets) },
    };
  });
  const suite: Suite = {
    version: `the reference on ${name}`,
    digest: "",
    models: new Map([[name, model as SuiteModel]]),
    vectors,
    inputs: materials.inputs,
    expected,
  };
  const given = new Map(own.groups.map((group) => [group.name || "prompt", group.outputs]));
  return report({ ...sessionOf(own), suite, tiers: ["T1"] }, vectors, async ({ id }) => {
    return given.get(id) as ReadonlyMap<string, NdArray>;
  });
}

function sessionOf({ testee, accuracy, signal, onResult }: OwnNumbers) {
  return { testee, accuracy, signal, onResult };
}

function assertPrompt(
  name: string,
  ids: readonly number[] | undefined,
  config: GemmaConfig,
): asserts ids is readonly number[] {
  const refuse = refusals("verify");
  if (ids === undefined || ids.length === 0) {
    const argument = name === "" ? "ids" : `${name}.ids`;
    const hint = "save the prompt as an array ids beside the logits, or give --ids";
    throw refuse.argument(argument, "the token ids of the prompt", "no ids", hint);
  }
  assertIdsBelow("verify", ids, config.vocabSize);
  const { total } = countParameters(config);
  if (total * ids.length <= MOST_WORK) return;
  const got = `${ids.length} tokens on ${formatCount(total)} parameters`;
  const expected = `at most ${formatCount(Math.floor(MOST_WORK / total))} tokens on a model of this size`;
  const hint = "gemma-reference verify export DIR writes small models to run your engine on";
  throw refuse.unsupported(undefined, expected, got, hint);
}
