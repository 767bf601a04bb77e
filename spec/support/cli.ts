/** Runs the program without a process. */
import type { Io, Output } from "../../src/cli/io.ts";
import { run } from "../../src/cli/run.ts";

export interface Setting {
  /** Chunks of stdin. A terminal when absent. */
  readonly stdin?: string | readonly (string | Uint8Array)[];
  /** Whether stdout and stderr are terminals. */
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  /** What is typed at each prompt of a terminal; then its end. */
  readonly typed?: readonly string[];
  /** Ctrl-C of each interruptible work. */
  readonly interrupts?: readonly AbortSignal[];
  readonly env?: Record<string, string>;
  /** Sees each write to stdout, and may throw. */
  readonly onWrite?: (text: string) => void;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function cli(argv: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const typed = setting.typed && [...setting.typed];
  const interrupts = [...(setting.interrupts ?? [])];
  const { stdin, terminal: isTerminal = false, env = {}, onWrite } = setting;
  const signal = setting.signal ?? new AbortController().signal;
  const written = { out: "", err: "" };
  const output = (key: "out" | "err"): Output => ({
    isTerminal,
    columns: isTerminal ? 100 : undefined,
    async write(text) {
      if (key === "out") onWrite?.(text);
      written[key] += text;
    },
  });
  const io: Io = {
    stdin: {
      isTerminal: stdin === undefined,
      ask: typed && (async () => typed.shift()),
      [Symbol.asyncIterator]: () => chunks(stdin),
    },
    stdout: output("out"),
    stderr: output("err"),
    signal,
    interruptible: (work) => work(interrupts.shift() ?? new AbortController().signal),
    env,
    program: "gemma-reference",
  };
  const code = await run(argv, io);
  return { code, out: written.out, err: written.err.replace(BAR, "") };
}

/** How far loading is, which a terminal shows where it takes long: whether it does, the machine decides. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: so a terminal is told to rewrite its line
const BAR = /\r\x1b\[K(Loading [^\r\n]* of [\d.]+ [kMG]?B)?/g;

async function* chunks(stdin: Setting["stdin"] = []): AsyncGenerator<string | Uint8Array> {
  yield* typeof stdin === "string" ? [stdin] : stdin;
}

/** The lines of a JSON-lines output, parsed. */
export function jsonLines<T>(out: string): T[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}
