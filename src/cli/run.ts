/**
 * From a command line to an exit code:
 *
 *     0    done          1    an error, in one line on stderr
 *     2    a command line that is not understood
 *     130  Ctrl-C (main.ts: 143 and 129 at SIGTERM and SIGHUP)
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { brief } from "../brief.ts";
import { GemmaError } from "../errors.ts";
import { type Command, UnknownOption, UsageError } from "./command.ts";
import { alignCommand } from "./commands/align.ts";
import { attentionCommand } from "./commands/attention.ts";
import { auditCommand } from "./commands/audit.ts";
import { benchCommand } from "./commands/bench.ts";
import { chatCommand } from "./commands/chat.ts";
import { convertCommand } from "./commands/convert.ts";
import { demoCommand } from "./commands/demo.ts";
import { dpoCommand } from "./commands/dpo.ts";
import { embedCommand } from "./commands/embed.ts";
import { evalCommand } from "./commands/eval.ts";
import { exerciseCommand } from "./commands/exercise.ts";
import { explainCommand } from "./commands/explain.ts";
import { generateCommand } from "./commands/generate.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { judgeCommand } from "./commands/judge.ts";
import { lensCommand } from "./commands/lens.ts";
import { logitsCommand } from "./commands/logits.ts";
import { newBackendCommand } from "./commands/new-backend.ts";
import { rewardCommand } from "./commands/reward.ts";
import { rlhfCommand } from "./commands/rlhf.ts";
import { scoreCommand } from "./commands/score.ts";
import { serveCommand } from "./commands/serve.ts";
import { sftCommand } from "./commands/sft.ts";
import { sketchCommand } from "./commands/sketch.ts";
import { tokenizeCommand } from "./commands/tokenize.ts";
import { trainCommand } from "./commands/train.ts";
import { verifyCommand } from "./commands/verify.ts";
import { commandHelp, overallHelp, PROGRAM } from "./help.ts";
import { commandHint, earlyOptionHint } from "./hints/commands.ts";
import { optionHint } from "./hints/options.ts";
import { ClosedOutput, type Io } from "./io.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  demoCommand,
  generateCommand,
  chatCommand,
  scoreCommand,
  embedCommand,
  serveCommand,
  evalCommand,
  auditCommand,
  explainCommand,
  inspectCommand,
  convertCommand,
  trainCommand,
  sftCommand,
  rewardCommand,
  dpoCommand,
  rlhfCommand,
  alignCommand,
  tokenizeCommand,
  logitsCommand,
  lensCommand,
  attentionCommand,
  judgeCommand,
  verifyCommand,
  sketchCommand,
  exerciseCommand,
  newBackendCommand,
  benchCommand,
];

/**
 * Runs a command line; `argv` is what followed the name of the program. Never throws: errors go to
 * stderr, and into the exit code.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  // `verify sketch` is a command of its own.
  const named = (words: number) => {
    return COMMANDS.find(({ name }) => name === argv.slice(0, words).join(" "));
  };
  const command = named(2) ?? named(1);
  try {
    if (!command) return await withoutCommand(argv, io);
    if (has(argv, "--help") || has(argv, "-h")) {
      await io.stdout.write(commandHelp(command));
      return 0;
    }
    return (await command.run(argv.slice(command.name.split(" ").length), io)) ?? 0;
  } catch (error) {
    if (error instanceof ClosedOutput) return 0;
    if (io.signal.aborted) return 130;
    const message = has(argv, "--debug") ? inspect(error) : errorLine(error, command);
    await io.stderr.write(`${message}\n`).catch(() => {}); // stderr is closed, too
    return error instanceof UsageError ? 2 : 1;
  }
}

async function withoutCommand(argv: readonly string[], io: Io): Promise<number> {
  const [name, about] = argv;
  const command = COMMANDS.find((candidate) => name === "help" && candidate.name === about);
  if (command) {
    await io.stdout.write(commandHelp(command));
    return 0;
  }
  if (name === "--version" || name === "-v") {
    await io.stdout.write(`${await version()}\n`);
    return 0;
  }
  const help = overallHelp(await version(), COMMANDS);
  if (name === "--help" || name === "-h" || (name === "help" && about === undefined)) {
    await io.stdout.write(help);
    return 0;
  }
  if (name === undefined) {
    await io.stderr.write(help);
    return 2;
  }
  const unknown = name === "help" ? about : name;
  if (unknown.startsWith("-")) throw new UnknownOption(unknown);
  const hint = commandHint(unknown, COMMANDS);
  throw new UsageError(`unknown command ${brief(unknown)}${hint ? `; ${hint}` : ""}`);
}

/** Whether a flag is given; after `--` comes text. */
function has(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).includes(flag);
}

function errorLine(error: unknown, command: Command | undefined): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(
    /\s*\n\s*/g,
    " ",
  );
  if (error instanceof UsageError) {
    const name = command ? `${PROGRAM} ${command.name}` : PROGRAM;
    const hint = error instanceof UnknownOption ? hintFor(error, command) : undefined;
    return `${name}: ${message}${hint ? `; ${hint}` : ""} (see ${name} --help)`;
  }
  // A system error (a full disk) explains itself; anything else is a bug.
  const isExpected = error instanceof GemmaError || (error instanceof Error && "code" in error);
  return isExpected
    ? `${PROGRAM}: ${message}`
    : `${PROGRAM}: unexpected error: ${message} (--debug shows where; please report it)`;
}

function hintFor({ written }: UnknownOption, command: Command | undefined): string | undefined {
  return command ? optionHint(written, command, COMMANDS) : earlyOptionHint(written);
}

/** The version of this package. */
async function version(): Promise<string> {
  // src/cli and dist/cli lie equally deep.
  const json = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(json) as { version: string }).version;
}
