/**
 * What a command sees of the process: its streams, its environment, and Ctrl-C. Specs hand in their
 * own, so that every command can be run without a process.
 * @module
 */
import { FormatError } from "../errors.ts";

export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Does `work` with a signal of its own, which Ctrl-C aborts in the place of {@link Io.signal}. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the user typed to get here, for commands shown as a next step: `npx gemma-reference`. */
  readonly program: string;
}

/** Standard input, as it comes. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTerminal: boolean;
  /**
   * Asks for a line, with editing and a history; several, if they were pasted together. Undefined at
   * the end of input, by Ctrl-D. Only on a terminal.
   */
  readonly ask?: (prompt: string) => Promise<string | undefined>;
}

export interface Output {
  readonly isTerminal: boolean;
  /**
   * Width of the terminal, in characters; undefined for a file or a pipe, and for a terminal that does
   * not know (one in a container says 0).
   */
  readonly columns: number | undefined;
  /**
   * Resolves when the text has been handed over, so that who writes faster than the reader reads waits.
   * @throws {ClosedOutput} if nobody reads any more, as after `| head`.
   */
  write(text: string): Promise<void>;
}

/** The reader of a pipe has left. No failure: there is just nobody to write for. */
export class ClosedOutput extends Error {
  override readonly name: string = "ClosedOutput";
}

/** A stream of Node's as an output. */
export function streamOutput(stream: NodeJS.WriteStream): Output {
  stream.on("error", () => {}); // each write hears of its own; without a listener Node would exit
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
 * @throws the signal's reason, as soon as it is aborted, even while nothing comes in.
 */
export async function* inputChunks({ stdin, signal }: Io): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const encoder = new TextEncoder();
  const chunks = stdin[Symbol.asyncIterator]();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  aborted.catch(() => {}); // nobody may be waiting when it comes
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
 * add one, which would be a token more.
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
    const expected = "text in UTF-8";
    throw new FormatError({ op: "readInput", file: "stdin", expected, got: "other bytes" });
  }
  return text.replace(/\r?\n$/, "");
}
