/**
 * Settings of an adapter that is made here: each name in them has to mean something. PEFT leaves out in silence what fits no
 * module, and so does `settings.ts`, as files of PEFT's are read by it too; there the tensors of the file tell.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, isList, POSITIVE } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { weightSpecs } from "../../model/weights/weights.ts";
import { nearest } from "../../option-hints.ts";
import {
  firstFit,
  HEAD,
  isAllLinear,
  type LoraSettings,
  matcher,
  moduleOf,
  named,
  PROJECTIONS,
} from "./settings.ts";

const OP = "lora";
const { argument: refuse } = refusals(OP);

/**
 * @throws {ArgumentError} naming the first target, block or pattern that fits no module.
 */
export function assertMeant(config: GemmaConfig, settings: LoraSettings): void {
  const { targets, layers } = settings;
  const isNames = Array.isArray(targets) && targets.length > 0 && targets.every(isText);
  if (!isText(targets) && !isNames) {
    throw refuse("targets", 'a list of names, a pattern, or "all-linear"', brief(targets), SEVEN);
  }
  assertTargets(config, targets);
  assertLayers(config, settings);
  const all = matricesOf(config);
  // Names of modules that are in no block of `layers` mean nothing either.
  for (const [i, target] of isText(targets) ? [] : targets.entries()) {
    if (all.some(matcher({ ...settings, targets: [target] }))) continue;
    throw refuse(`targets[${i}]`, `a module in the blocks ${brief(layers)}`, brief(target));
  }
  const modules = all.filter(matcher(settings));
  for (const name of ["rankPattern", "alphaPattern"] as const) {
    assertPattern(name, settings[name], modules);
  }
}

function assertTargets(config: GemmaConfig, targets: readonly string[] | string): void {
  const all = matricesOf(config);
  const isMeant = (which: readonly string[] | string) => all.some(named(which));
  if (isText(targets)) {
    if (isAllLinear(targets) || isMeant(targets)) return;
    throw refuse("targets", "a pattern that fits a whole name", brief(targets), wholeHint(targets));
  }
  for (const [i, target] of targets.entries()) {
    if (isMeant([target])) continue;
    throw refuse(`targets[${i}]`, "a projection of a block", brief(target), hintFor(target));
  }
}

function assertLayers(config: GemmaConfig, { targets, layers }: LoraSettings): void {
  if (layers === undefined) return;
  if (!Array.isArray(layers)) {
    throw refuse("layers", "a list of blocks' numbers", brief(layers), "[0] is the first");
  }
  for (const [i, layer] of layers.entries()) {
    const to = config.numHiddenLayers - 1;
    assertInteger(OP, `layers[${i}]`, layer, { from: 0, to });
  }
  if (!isText(targets) || layers.length === 0) return;
  const hint = "say the blocks in the pattern, or give a list of names; PEFT refuses both, too";
  throw refuse("layers", "a list as targets", brief(targets), hint);
}

/** @param modules that have factors. */
function assertPattern(
  name: "rankPattern" | "alphaPattern",
  patterns: Readonly<Record<string, number>> | undefined,
  modules: readonly string[],
): void {
  if (patterns === undefined) return;
  if (typeof patterns !== "object" || patterns === null || isList(patterns)) {
    throw refuse(name, "an object of numbers by module", brief(patterns), "{ q_proj: 4 }");
  }
  for (const [pattern, value] of Object.entries(patterns)) {
    if (name === "rankPattern") assertInteger(OP, `${name}.${pattern}`, value, POSITIVE);
    else assertFinite(OP, `${name}.${pattern}`, value);
    const numberOf = firstFit({ [pattern]: 1 });
    if (modules.some((module) => numberOf(module) !== undefined)) continue;
    throw refuse(
      `${name}.${pattern}`,
      "a module among targets",
      "no such module",
      hintFor(pattern),
    );
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

const SEVEN = `names of a block's projections are ${PROJECTIONS.join(", ")}`;

function hintFor(name: string): string {
  const near = nearest(name.split(".").at(-1) ?? name, PROJECTIONS);
  const isItself = PROJECTIONS.some((one) => one === near && name.endsWith(one));
  return near === undefined || isItself ? SEVEN : `did you mean ${near}? ${SEVEN}`;
}

function wholeHint(pattern: string): string {
  const isName = PROJECTIONS.some((name) => pattern.endsWith(name));
  return isName ? `a list of names: ["${pattern}"]` : hintFor(pattern);
}

/** The modules that names may mean: those with factors, and the table by both its names, which is refused later. */
function matricesOf(config: GemmaConfig): string[] {
  const matrices = weightSpecs(config).filter(({ shape }) => shape.length > 1);
  return [...matrices.map(({ name }) => moduleOf(name)), HEAD];
}
