/**
 * `verify -- COMMAND`: an engine in a process of its own.
 * @module
 */
import { conformance } from "../../conformance/conformance.ts";
import type { Report } from "../../conformance/run/result.ts";
import { openSuite } from "../../conformance/vectors/suite.ts";
import { openFolder } from "../../node/folder.ts";
import { suitePath } from "../../node/suite-path.ts";
import { processTestee } from "../../node/testee/process-testee.ts";
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
  const suite = await openSuite(openFolder(suitePath()));
  const testee = await processTestee(program, args, { signal, suite: suite.version });
  try {
    return await conformance(testee, {
      suite,
      tiers: tiersOption(values.tiers),
      accuracy: accuracyOption(values.accuracy),
      only: values.only,
      signal,
    });
  } finally {
    await testee.close?.();
  }
}
