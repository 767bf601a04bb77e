/**
 * The process as a command sees it: streams, environment, and Ctrl-C. Specs hand in their own, so that
 * every command can be run without a process.
 * @module
 */
import { refusals } from "../errors.ts";

/** The streams, the environment and the signal that a command works with. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Does `work` with a signal of its own; meanwhile Ctrl-C aborts that, and not {@link Io.signal}. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How the user started the program, for commands shown as a next step: `npx gemma-reference`. */
  readonly program: string;
}

/** Standard input, as it comes. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTerminal: boolean;
  /**
   * Asks for a line, with editing and a history; for several, if they were pasted together. Undefined
   * at the end of input (Ctrl-D). Only on a terminal.
   */
  readonly ask?: (prompt: string) => Promise<string | undefined>;
}

/** Standard output, or standard error. */
export interface Output {
  readonly isTerminal: boolean;
  /**
   * Width of the terminal, in characters; undefined for a file or a pipe, and for a terminal that does
   * not know its width (in a container, it says 0).
   */
  readonly columns: number | undefined;
  /**
   * Resolves when the text has been handed over, so that a fast writer waits for a slow reader.
   * @throws {ClosedOutput} if the reader has left, as after `| head`.
   */
  write(text: string): Promise<void>;
}

/** The reader of a pipe has left. This is not a failure: writing on would serve nobody. */
export class ClosedOutput extends Error {
  override readonly name: string = "ClosedOutput";
}

/** A stream of Node as an output. */
export function streamOutput(stream: NodeJS.WriteStream): Output {
  stream.on("error", () => {}); // each write reports its own; without a listener Node would exit
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY && stream.columns > 0 ? stream.columns : undefined;
    },
    write(text) {
      if (text === "") return Promise.resolve();
      return new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (!error) resolve();
          else reject(isClosed(error) ? new ClosedOutput() : error);
        });
      });
    },
  };
}

function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}

/**
 * Standard input in chunks of bytes.
 * @throws the signal's reason, as soon as it is aborted, even while no input comes.
 */
export async function* inputChunks({ stdin, signal }: Io): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const encoder = new TextEncoder();
  const chunks = stdin[Symbol.asyncIterator]();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  aborted.catch(() => {}); // the signal may be aborted while nothing waits for it
  signal.addEventListener("abort", abort);
  try {
    for (;;) {
      const { done, value } = await Promise.race([chunks.next(), aborted]);
      if (done) return;
      yield typeof value === "string" ? encoder.encode(value) : value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * All of standard input as text, without the newline that ends its last line: `echo` and editors
 * add it, and it would be an extra token.
 * @throws {FormatError} if it is not UTF-8.
 */
export async function readInput(io: Io): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const chunk of inputChunks(io)) text += decoder.decode(chunk, { stream: true });
    text += decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refusals("readInput", "stdin").format(undefined, "text in UTF-8", "other bytes");
  }
  return text.replace(/\r?\n$/, "");
}
