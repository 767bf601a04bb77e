/**
 * `verify` without anything: the library tests itself, on each of its backends, in each of their precisions.
 * @module
 */
import {
  backendNamed,
  backendUnavailable,
  COMPUTING_NAMES,
  type ComputingName,
} from "../../backend/named.ts";
import { brief } from "../../brief.ts";
import { conformance, withTexts } from "../../conformance/conformance.ts";
import { textTestee } from "../../conformance/text/text-testee.ts";
import { openSuite } from "../../conformance/vectors/suite.ts";
import { conformanceSuitePath } from "../../node/conformance-suite.ts";
import { openFolder } from "../../node/folder.ts";
import { PRECISION_NAMES, type PrecisionName } from "../../tensor/precision.ts";
import { UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { backendChoice } from "../options/model.ts";
import { conclude, refusePrompt, tiersOption, type VerifyValues } from "./options.ts";

/** In what each backend computes. */
const PRECISIONS: Readonly<Record<ComputingName, readonly PrecisionName[]>> = {
  cpu: PRECISION_NAMES,
  wasm: ["float32"],
  webgpu: ["float32"],
};

/** Runs the suite on all that the options leave → the exit code: 1 if one of them fails. */
export async function verifySelf(values: VerifyValues, io: Io): Promise<number> {
  refusePrompt(values);
  const written = (["html", "junit", "tap", "jsonl", "expect", "timeout", "sketch"] as const).find(
    (option) => values[option] !== undefined,
  );
  if (written) {
    throw new UsageError(`--${written} is about one engine; give FILEs, or a command after --`);
  }
  const { backend, threads } = backendChoice(values);
  if (backend === "auto") {
    const names = COMPUTING_NAMES.join(", ");
    throw new UsageError(`--backend expects ${names}, got "auto"; leave it out to test each`);
  }
  const subjects = (backend === undefined ? COMPUTING_NAMES : [backend]).flatMap((name) =>
    precisionsOf(name, values.accuracy).map((precision) => ({ name, precision })),
  );
  if (subjects.length === 0) {
    const known = (backend === undefined ? PRECISION_NAMES : PRECISIONS[backend]).join(" | ");
    throw new UsageError(`--accuracy expects ${known} here, got ${brief(values.accuracy)}`);
  }
  const suite = await openSuite(openFolder(conformanceSuitePath()));
  const tiers = tiersOption(values.tiers);
  let code = 0;
  for (const { name, precision } of subjects) {
    const options = { suite, tiers, only: values.only, signal: io.signal };
    const made = { precision, ...(name === "wasm" && { threads }) };
    const reason = backend === undefined ? await backendUnavailable(name) : undefined;
    if (reason !== undefined) {
      await io.stderr.write(`Left out: ${name}, as this machine is ${reason}.\n`);
      continue;
    }
    const numbers = await conformance(() => backendNamed(name, made), options);
    const report =
      tiers === undefined || tiers.includes("T3")
        ? await withTexts(numbers, textTestee(), { only: values.only })
        : numbers;
    code = Math.max(code, await conclude(report, values, io));
  }
  return code;
}

function precisionsOf(name: ComputingName, accuracy: string | undefined): PrecisionName[] {
  return PRECISIONS[name].filter((one) => accuracy === undefined || one === accuracy);
}
