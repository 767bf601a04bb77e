/** Command lines of the documents: what can be run at once is run, the rest is held against the program's options. */
import { existsSync, readFileSync } from "node:fs";
import { parse } from "../../../src/cli/command.ts";
import { COMMANDS } from "../../../src/cli/run.ts";
import { cli } from "../../support/cli.ts";
import { root } from "./markdown.ts";

/** Commands that are only parsed, and why. */
const PARSED: Readonly<Record<string, string>> = {
  demo: "takes seconds; spec/cli/commands/demo.spec.ts runs it",
  chat: "asks at a terminal; spec/cli/commands/chat.spec.ts answers it",
  exercise: "writes into the working directory; spec/cli/commands/exercise.spec.ts runs it",
  "new-backend": "writes a project; spec/cli/commands/new-backend.spec.ts runs it",
  verify: "takes seconds; spec/cli/commands/verify.spec.ts runs it",
  bench: "takes minutes; spec/cli/commands/bench.spec.ts runs it",
  convert: "writes files; spec/cli/commands/convert.spec.ts runs it",
  sft: "takes seconds; spec/cli/commands/sft.spec.ts runs it",
  reward: "takes seconds; spec/cli/commands/reward.spec.ts runs it",
  rlhf: "takes minutes; spec/cli/commands/rlhf.spec.ts runs it",
  align: "takes minutes; spec/cli/commands/align.spec.ts runs it",
  dpo: "takes seconds; spec/cli/commands/dpo.spec.ts runs it",
  train: "writes files; spec/cli/commands/train.spec.ts runs it",
  audit: "takes seconds, and writes files; spec/cli/commands/audit.spec.ts runs it",
  eval: "writes files, or reads data of the reader; spec/cli/commands/eval.spec.ts runs it",
};

/** A file, a model or an engine that the reader has. */
const THEIRS = /^(\.\/|hf:|<$|>$)|\.(npz|npy|gguf|model|jsonl|py)$/;

/** Words of a line, without quotes and the comment. */
export function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
  const end = words.findIndex(([word]) => word === "#");
  return words.slice(0, end < 0 ? words.length : end).map(([, a, b, c]) => a ?? b ?? c);
}

/** Why a command of the program is only parsed; undefined if it can be run. */
export function whyParsed(argv: readonly string[]): string | undefined {
  if (argv.some((word) => THEIRS.test(word))) return "needs files of the reader's";
  return PARSED[argv[0]];
}

const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(root("package.json"), "utf8"),
).scripts;

/** @throws {Error} if a command line is not one that we have, or fails. */
export async function checkLine(line: string): Promise<void> {
  const words = wordsOf(line);
  for (let rest = words, at = 0; at >= 0; rest = rest.slice(at + 1)) {
    at = rest.indexOf("&&");
    const [program, ...argv] = at < 0 ? rest : rest.slice(0, at);
    if (program === "npx" && argv[0] === "gemma-reference") await checkProgram(argv.slice(1));
    else if (program === "npx" && argv[0] === "tsx") checkScript(argv[1]);
    else if (program === "gemma-reference") await checkProgram(argv);
    else if (program === "npm") checkNpm(argv, line);
    else if (program !== undefined && program !== "cd") {
      throw new Error(`${program} is no program of ours: say why it is not run, before the block`);
    }
  }
}

/** A program of bench/ or fixtures/generate: it takes long, or needs what others have made. */
function checkScript(path: string): void {
  if (!existsSync(root(path))) throw new Error(`there is no ${path}`);
}

function checkNpm([verb, name]: readonly string[], line: string): void {
  const script = verb === "run" ? name : verb;
  if (verb === "install" || script in SCRIPTS) return;
  throw new Error(`package.json has no script "${script}": ${line}`);
}

async function checkProgram(argv: readonly string[]): Promise<void> {
  if (whyParsed(argv) !== undefined) {
    const words = (command: (typeof COMMANDS)[number]) => command.name.split(" ").length;
    const command = [...COMMANDS]
      .sort((a, b) => words(b) - words(a))
      .find((one) => one.name === argv.slice(0, words(one)).join(" "));
    if (!command) throw new Error(`there is no command ${argv[0]}`);
    const end = argv.findIndex((word) => word === "<" || word === ">");
    parse(command.options, argv.slice(words(command), end < 0 ? argv.length : end));
    return;
  }
  const { code, err } = await cli(argv);
  if (code !== 0) throw new Error(`gemma-reference ${argv.join(" ")}: ${err}`);
}
