/**
 * `verify --sketch FILE --model MODEL -- COMMAND`: an engine on real weights, held against what a trusted one gave.
 * @module
 */
import { resolve } from "node:path";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { compareSketch } from "../../conformance/real/compare-sketch.ts";
import { readSketch } from "../../conformance/real/sketch.ts";
import { passed } from "../../conformance/report/verdict.ts";
import { environment } from "../../conformance/run/environment.ts";
import type { Report } from "../../conformance/run/result.ts";
import { processTestee } from "../../node/testee/process-testee.ts";
import { integerOption, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import { readWhole } from "./files.ts";
import { accuracyOption, type VerifyValues } from "./options.ts";

/** Runs the prompts of a sketch on the program `command`. */
export async function verifySketch(
  file: string,
  [program, ...args]: readonly string[],
  values: VerifyValues,
  io: Io,
): Promise<Report> {
  const { model, timeout } = values;
  if (model === undefined) throw new UsageError("--sketch needs --model, the weights it is about");
  const asked = accuracyOption(values.accuracy);
  const seconds = integerOption("timeout", timeout, 1);
  const timeoutMs = seconds === undefined ? undefined : 1000 * seconds;
  const began = performance.now();
  const sketch = readSketch(await readWhole(file), file);
  const { signal } = io;
  const checkpoint = await openCheckpoint(await openSource(model, io, { download: true }), {
    signal,
  });
  const testee = await processTestee(program, args, {
    signal,
    timeoutMs,
    startTimeoutMs: timeoutMs,
  });
  try {
    const accuracy = asked ?? testee.info.accuracy ?? "float32";
    const { config, tensors } = checkpoint;
    const weights = { name: sketch.name, config, tensors, path: resolve(model) };
    const results = await compareSketch(testee, sketch, { accuracy, model: weights, signal });
    return {
      suite: { version: `the sketch of ${sketch.name}`, digest: "" },
      testee: testee.info,
      accuracy,
      tiers: ["T4"],
      results,
      environment: environment(),
      seconds: (performance.now() - began) / 1000,
      passed: passed(results),
    };
  } finally {
    await testee.close?.();
    await checkpoint.close();
  }
}
