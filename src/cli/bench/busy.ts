/**
 * Other processes that keep every core busy, as a machine that is used for other things has them.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

/** Says that it runs, and computes until it is ended. Should we be killed, its input ends, and so does it. */
const PROGRAM = `
process.stdin.on("end", () => process.exit()).resume();
process.stdout.write("1");
const spin = () => { for (const end = Date.now() + 50; Date.now() < end; ); setImmediate(spin); };
spin();
`;

/** Does `work` while each core has such a process. */
export async function whileBusy(work: () => Promise<void>): Promise<void> {
  const others = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ["-e", PROGRAM], { stdio: ["pipe", "pipe", "ignore"] }),
  );
  try {
    await Promise.all(others.map(({ stdout }) => once(stdout, "data")));
    await work();
  } finally {
    for (const other of others) other.kill();
    await Promise.all(others.map((other) => other.exitCode ?? once(other, "exit")));
  }
}
