/**
 * `verify`: is an engine right, and if not, which mistake is it?
 * @module
 */
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { compareFolder, exportSuite } from "../verify/exchange.ts";
import { assertOutputs, conclude, refuseBackend, VERIFY_OPTIONS } from "../verify/options.ts";
import { verifyFiles } from "../verify/own-numbers.ts";
import { verifyProcess } from "../verify/process.ts";
import { verifySelf } from "../verify/self.ts";
import { verifySketch } from "../verify/sketch.ts";

export const verifyCommand: Command = {
  name: "verify",
  summary: "Test an engine, and name its mistake",
  usage: [
    "FILE... [--model MODEL] [OPTIONS]",
    "[OPTIONS] -- COMMAND [ARGUMENTS]",
    "export DIR",
    "compare DIR [OPTIONS]",
    "[OPTIONS]",
  ],
  description: `
    FILEs hold what an engine has computed: an .npz, .npy, .safetensors or .json with the prompt as ids,
    its logits, and as many intermediates as there are, by TransformerLens's names (blocks.0.attn.hook_q) or
    the goldens' (layers.0.attn_norm). They are held against the reference in float64, on --model.

    After -- comes a program that computes: it is asked in lines of JSON (docs/testing-an-engine.md).

    export writes small models and prompts that need no licence; compare reads what an engine made of
    them. Without anything the library tests itself, on each of its backends.

    Exit code 1 if something fails. A bug is named only if it explains all that was seen.`,
  options: VERIFY_OPTIONS,
  examples: [
    "verify mine.npz --model ./gemma-nano",
    "verify logits.npy --ids 2,7,9 --accuracy bf16",
    "verify --html report.html -- python3 my_engine.py",
    "verify --sketch gemma-2b.json --model ./gemma-2b -- python3 my_engine.py",
    "verify export vectors",
    "verify compare vectors",
    "verify --backend wasm --threads 2",
  ],

  async run(argv: readonly string[], io: Io): Promise<number> {
    const end = argv.indexOf("--");
    const command = end < 0 ? undefined : argv.slice(end + 1);
    const { values, positionals } = parse(VERIFY_OPTIONS, end < 0 ? argv : argv.slice(0, end));
    const [first, ...rest] = positionals;
    await assertOutputs(values);
    if (first !== undefined || command) refuseBackend(values);
    if (first === "export" || first === "compare") {
      const [dir, ...more] = rest;
      if (dir === undefined || more.length > 0 || command) {
        throw new UsageError(`expected verify ${first} DIR`);
      }
      if (first === "export") return exportSuite(dir, values, io);
      return conclude(await compareFolder(dir, values, io), values, io);
    }
    if (command) {
      if (first !== undefined)
        throw new UsageError("expected FILEs or a command after --, got both");
      if (command.length === 0) throw new UsageError("expected a command after --");
      const { sketch } = values;
      const report =
        sketch === undefined
          ? await verifyProcess(command, values, io)
          : await verifySketch(sketch, command, values, io);
      return conclude(report, values, io);
    }
    if (first !== undefined) {
      return conclude(await verifyFiles(positionals, values, io), values, io);
    }
    return verifySelf(values, io);
  },
};
