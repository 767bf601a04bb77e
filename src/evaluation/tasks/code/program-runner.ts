/**
 * Programs that a model has written are run by whoever says so: never here, and never in a browser.
 * @module
 */

/** Runs Python programs, each in a process of its own, with limits. What it is called stands in the results. */
export interface ProgramRunner {
  /** What results call it. */
  readonly name: string;
  /** Whether each program ends without an error. */
  passes(programs: readonly string[]): Promise<readonly boolean[]>;
}

/** The share of the programs that pass. */
export async function passing(runner: ProgramRunner, programs: readonly string[]): Promise<number> {
  const passed = await runner.passes(programs);
  return passed.filter(Boolean).length;
}
