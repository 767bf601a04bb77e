/**
 * `audit canaries`: secrets to plant, and the file that plants them.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DrawCanariesOptions, drawCanaries } from "../../audit/planting/draw-canaries.ts";
import { repeated } from "../../audit/planting/repeated.ts";
import { ArgumentError, refusals } from "../../errors.ts";
import { systemError } from "../../node/system-error.ts";
import { writeFileAtomically } from "../../node/write-atomically.ts";
import { idsOption, integerOption, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { AUDIT_OPTIONS, CANARY_NAMES } from "./options.ts";
import type { AuditValues } from "./settings.ts";

/** Writes planted.jsonl, to train on, and canaries.jsonl, to audit with. */
export async function writeCanaries(values: AuditValues, io: Io): Promise<void> {
  const { out, sentence } = values;
  const idle = Object.keys(AUDIT_OPTIONS).find((name) => {
    return !TAKEN.includes(name) && values[name as keyof AuditValues] !== undefined;
  });
  if (idle) throw new UsageError(`--${idle} does nothing here: audit canaries only draws some`);
  const repeats = idsOption("repeats", values.repeats);
  if (!repeats)
    throw new UsageError("expected --repeats LIST: how often each is planted, 1,4,16,64");
  if (out === undefined) throw new UsageError("expected --out DIR, a folder for the two files");
  const options: DrawCanariesOptions = {
    repeats,
    ...numbered("each", integerOption("each", values.each, 1)),
    ...numbered("digits", integerOption("digits", values.digits, 1, 6)),
    ...numbered("seed", integerOption("seed", values.seed, 0, 2 ** 32 - 1)),
    ...(sentence === undefined ? {} : { format: sentence }),
  };
  const canaries = drawn(options);
  const planted = repeated(
    canaries.map(({ document }) => JSON.stringify({ text: document })),
    canaries.map(({ repeats }) => repeats),
    { seed: options.seed ?? 0 },
  );
  await mkdir(out, { recursive: true }).catch((error) => {
    throw systemError(refusals("audit", out), "a folder to write into", error);
  });
  const files = {
    "planted.jsonl": planted,
    "canaries.jsonl": canaries.map(({ document: _, ...canary }) => JSON.stringify(canary)),
  };
  for (const [name, lines] of Object.entries(files)) {
    const path = join(out, name);
    await writeFileAtomically(path, new TextEncoder().encode(`${lines.join("\n")}\n`));
  }
  if (values.json) return await io.stdout.write(`${JSON.stringify(canaries, null, 2)}\n`);
  await io.stdout.write(
    `${join(out, "planted.jsonl")}: ${planted.length} lines, to be trained on with --documents\n${join(out, "canaries.jsonl")}: ${canaries.length} canaries, for audit --canaries\n`,
  );
}

/** Options of an audit that this has, too. */
const TAKEN: readonly string[] = [...CANARY_NAMES, "seed", "out"];

function drawn(options: DrawCanariesOptions) {
  try {
    return drawCanaries(options);
  } catch (error) {
    if (!(error instanceof ArgumentError) || error.argument === undefined) throw error;
    const [name] = error.argument.split("[");
    const hint = error.hint === undefined ? "" : `; ${error.hint}`;
    const option = name === "format" ? "sentence" : name;
    throw new UsageError(`--${option} expects ${error.expected}, got ${error.got}${hint}`);
  }
}

const numbered = (name: string, value: number | undefined) =>
  value === undefined ? {} : { [name]: value };
