/**
 * `verify` without anything: the library tests itself, in each of its precisions.
 * @module
 */
import { cpuBackend } from "../../backend/cpu/cpu.ts";
import { conformance, withTexts } from "../../conformance/conformance.ts";
import { textTestee } from "../../conformance/text/text-testee.ts";
import { openSuite } from "../../conformance/vectors/suite.ts";
import { conformanceSuitePath } from "../../node/conformance-suite.ts";
import { openFolder } from "../../node/folder.ts";
import { PRECISION_NAMES } from "../../tensor/precision.ts";
import { UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { conclude, refusePrompt, tiersOption, type VerifyValues } from "./options.ts";

/** Runs the suite on the CPU backend in every precision → the exit code: 1 if one of them fails. */
export async function verifySelf(values: VerifyValues, io: Io): Promise<number> {
  refusePrompt(values);
  const written = (["html", "junit", "tap", "jsonl", "expect", "timeout", "sketch"] as const).find(
    (option) => values[option] !== undefined,
  );
  if (written) {
    throw new UsageError(`--${written} is about one engine; give FILEs, or a command after --`);
  }
  const { accuracy } = values;
  const precisions = PRECISION_NAMES.filter((name) => accuracy === undefined || name === accuracy);
  if (precisions.length === 0) {
    throw new UsageError(
      `--accuracy expects ${PRECISION_NAMES.join(" | ")} here, got "${accuracy}"`,
    );
  }
  const suite = await openSuite(openFolder(conformanceSuitePath()));
  let code = 0;
  for (const precision of precisions) {
    const tiers = tiersOption(values.tiers);
    const options = { suite, tiers, only: values.only, signal: io.signal };
    const numbers = await conformance(() => cpuBackend({ precision }), options);
    const report =
      tiers === undefined || tiers.includes("T3")
        ? await withTexts(numbers, textTestee(), { only: values.only })
        : numbers;
    code = Math.max(code, await conclude(report, values, io));
  }
  return code;
}
