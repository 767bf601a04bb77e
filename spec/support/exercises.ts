/** What the specs of exercises share: materials, read once, and the files that learners get. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Exercise } from "../../src/exercises/exercise.ts";
import type { Parts } from "../../src/exercises/parts.ts";
import { loadMaterials } from "../../src/exercises/run/load-materials.ts";
import { EXERCISES } from "../../src/exercises/tasks/all.ts";
import { fixture } from "./paths.ts";

export const materials = await loadMaterials(fixture("."));

/** The path of a stub, or of a solution. */
export function templatePath(name: string, kind: "stub" | "solution"): string {
  const folder = kind === "stub" ? "" : "solutions/";
  return fileURLToPath(new URL(`../../templates/exercises/${folder}${name}.js`, import.meta.url));
}

export function template(name: string, kind: "stub" | "solution"): string {
  return readFileSync(templatePath(name, kind), "utf8");
}

/** What a file exports. */
export async function functionsIn(
  name: string,
  kind: "stub" | "solution",
): Promise<Partial<Parts>> {
  return (await import(templatePath(name, kind))) as Partial<Parts>;
}

export function exerciseNamed(name: string): Exercise {
  return EXERCISES.find((one) => one.name === name)!;
}

/** All mistakes: exercise, knob, choice. */
export const MISTAKES: readonly (readonly [Exercise, string, string])[] = EXERCISES.flatMap((one) =>
  Object.entries(one.knobs).flatMap(([knob, choices]) =>
    Object.keys(choices)
      .slice(1)
      .map((choice) => [one, knob, choice] as const),
  ),
);
