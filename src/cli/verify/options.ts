/**
 * The options of `verify`, and what is made of a report.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { COMPUTING_NAMES } from "../../backend/named.ts";
import { brief } from "../../brief.ts";
import { ACCURACIES, accuracyNamed } from "../../conformance/accuracy.ts";
import {
  applyExpectations,
  parseExpectations,
} from "../../conformance/expectations/expectations.ts";
import { fixExpectations } from "../../conformance/expectations/fix.ts";
import { htmlPage } from "../../conformance/report/html/page.ts";
import { jsonLines } from "../../conformance/report/json-lines.ts";
import { junitXml } from "../../conformance/report/junit.ts";
import { summary } from "../../conformance/report/summary.ts";
import { tapStream } from "../../conformance/report/tap.ts";
import { passed } from "../../conformance/report/verdict.ts";
import { type Report, TIERS, type Tier } from "../../conformance/run/result.ts";
import { GemmaError } from "../../errors.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import { UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { styleFor } from "../terminal/style.ts";
import { readTextFile } from "./files.ts";

export const VERIFY_OPTIONS = {
  model: {
    type: "string",
    value: "MODEL",
    help: "What FILEs are about: PATH, URL or hf:OWNER/NAME (default: the bundled tiny model)",
  },
  ids: { type: "string", value: "LIST", help: "The prompt, if FILEs do not hold it: 2,7,9" },
  accuracy: {
    type: "string",
    value: "CLASS",
    help: `How results are judged: ${ACCURACIES.join(", ")}` as string,
  },
  tiers: { type: "string", value: "LIST", help: "Some tiers only: T0,T1" },
  timeout: {
    type: "string",
    value: "S",
    help: "Seconds that a program may take to answer (default: 30)",
  },
  backend: {
    type: "string",
    value: "NAME",
    help: `The library itself, on one backend: ${COMPUTING_NAMES.join(" or ")}` as string,
  },
  threads: { type: "string", value: "N", help: "Threads of --backend wasm" },
  only: { type: "string", value: "ID", help: "One vector, or all that begin so: t1.mqa.*" },
  sketch: {
    type: "string",
    value: "FILE",
    help: "What a trusted engine gave for --model: hold the program against it",
  },
  expect: { type: "string", value: "FILE", help: "Failures that are expected, one line each" },
  fix: { type: "boolean", help: "Rewrite the file of --expect to what was seen" },
  html: { type: "string", value: "FILE", help: "Write a page to look at" },
  junit: { type: "string", value: "FILE", help: "Write JUnit XML" },
  tap: { type: "string", value: "FILE", help: "Write TAP 14" },
  jsonl: { type: "string", value: "FILE", help: "Write JSON lines, as --json does to stdout" },
} as const;

export type VerifyValues = Values<typeof VERIFY_OPTIONS & { json: { type: "boolean"; help: "" } }>;

/** What is written of a report, by the option that names its file. */
const WRITERS = {
  html: htmlPage,
  junit: junitXml,
  tap: tapStream,
  jsonl: jsonLines,
} as const;

/** The class that is asked for. @throws {UsageError} if there is no such class. */
export function accuracyOption(text: string | undefined): Accuracy | undefined {
  if (text === undefined) return undefined;
  try {
    return accuracyNamed("verify", text);
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    throw new UsageError(`--accuracy expects ${ACCURACIES.join(" | ")}, got ${brief(text)}`);
  }
}

/** The tiers that are asked for. @throws {UsageError} if there is no such tier. */
export function tiersOption(text: string | undefined): readonly Tier[] | undefined {
  if (text === undefined) return undefined;
  const words = text
    .toUpperCase()
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  const unknown = words.find((word) => !(TIERS as readonly string[]).includes(word));
  if (unknown === undefined && words.length > 0) return words as Tier[];
  throw new UsageError(`--tiers expects some of ${TIERS.join(",")}, got ${brief(text)}`);
}

/** @throws {UsageError} if an option is given that is about prompts of one's own. */
export function refusePrompt(values: VerifyValues): void {
  const given = (["model", "ids"] as const).find((option) => values[option] !== undefined);
  if (given) throw new UsageError(`--${given} goes with FILEs, which hold the prompt's outputs`);
}

/** @throws {UsageError} if an option is given that is about a run of the suite. */
export function refuseRunOptions(values: VerifyValues): void {
  const given = (["tiers", "only", "timeout", "sketch"] as const).find(
    (name) => values[name] !== undefined,
  );
  if (given) throw new UsageError(`--${given} is about a run of the suite, not about FILEs`);
}

/** @throws {UsageError} if an option is given that is about the library itself. */
export function refuseBackend(values: VerifyValues): void {
  const given = (["backend", "threads"] as const).find((name) => values[name] !== undefined);
  if (given) throw new UsageError(`--${given} is about the library itself, not about an engine`);
}

/** Refuses what cannot be written before anything is computed. @throws {UsageError} if --fix has no file. */
export async function assertOutputs(values: VerifyValues): Promise<void> {
  if (values.fix && values.expect === undefined) throw new UsageError("--fix needs --expect FILE");
  for (const option of Object.keys(WRITERS) as (keyof typeof WRITERS)[]) {
    const file = values[option];
    if (file !== undefined) await assertWritable(file);
  }
}

/** Writes a report wherever the options say → the exit code. */
export async function conclude(report: Report, values: VerifyValues, io: Io): Promise<number> {
  const expected = await withExpectations(report, values, io);
  for (const [option, write] of Object.entries(WRITERS)) {
    const file = values[option as keyof typeof WRITERS];
    if (file !== undefined) {
      await writeFileAtomically(file, new TextEncoder().encode(write(expected)));
    }
  }
  await io.stdout.write(values.json ? jsonLines(expected) : asText(expected, io));
  return expected.passed ? 0 : 1;
}

async function withExpectations(report: Report, values: VerifyValues, io: Io): Promise<Report> {
  const { expect: file, fix } = values;
  if (file === undefined) return report;
  const text = await readTextFile(file, fix ? "" : undefined);
  if (fix) {
    const fixed = fixExpectations(text, report.results, file);
    await writeFileAtomically(file, new TextEncoder().encode(fixed));
    return withExpectations(report, { ...values, fix: false }, io);
  }
  const { results, notes } = applyExpectations(report.results, parseExpectations(text, file));
  for (const note of notes) await io.stderr.write(`${note}\n`);
  return { ...report, results, passed: passed(results) };
}

function asText(report: Report, io: Io): string {
  const style = styleFor(io);
  const paint = {
    good: (text: string) => style("green", text),
    bad: (text: string) => style("red", text),
    faint: (text: string) => style("dim", text),
  };
  return summary(report, { columns: Math.min(100, io.stdout.columns ?? 100), paint });
}
