/**
 * `verify -- COMMAND`: an engine in a process of its own.
 * @module
 */
import { conformance } from "../../conformance/conformance.ts";
import type { Report } from "../../conformance/run/result.ts";
import { openSuite } from "../../conformance/vectors/suite.ts";
import { conformanceSuitePath } from "../../node/conformance-suite.ts";
import { openFolder } from "../../node/folder.ts";
import { processTestee } from "../../node/testee/process-testee.ts";
import { integerOption } from "../command.ts";
import type { Io } from "../io.ts";
import { accuracyOption, refusePrompt, tiersOption, type VerifyValues } from "./options.ts";

/** Runs the suite on the program `command`. */
export async function verifyProcess(
  [program, ...args]: readonly string[],
  values: VerifyValues,
  io: Io,
): Promise<Report> {
  refusePrompt(values);
  const { signal } = io;
  const asked = {
    tiers: tiersOption(values.tiers),
    accuracy: accuracyOption(values.accuracy),
    only: values.only,
  };
  const suite = await openSuite(openFolder(conformanceSuitePath()));
  const seconds = integerOption("timeout", values.timeout, 1);
  const timeoutMs = seconds === undefined ? undefined : 1000 * seconds;
  const options = { signal, suite: suite.version, timeoutMs, startTimeoutMs: timeoutMs };
  const testee = await processTestee(program, args, options);
  try {
    return await conformance(testee, { ...asked, suite, signal });
  } finally {
    await testee.close?.();
  }
}
