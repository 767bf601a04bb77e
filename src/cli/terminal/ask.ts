/**
 * Asking for lines at a terminal, with node:readline's editing and history.
 * @module
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/**
 * Asks on `input` and `output`. Between two questions the terminal is as it was, so that Ctrl-C is a
 * signal again, and anything typed meanwhile waits for the next question.
 * @param interrupt a Ctrl-C at the prompt aborts it; when it is aborted, the input ends.
 */
export function terminalLines(
  input: Readable,
  output: Writable,
  interrupt: AbortController,
): (prompt: string) => Promise<string | undefined> {
  let history: string[] = [];
  /** The last line of a paste, typed but not ended. */
  let begun = "";
  return (prompt) =>
    new Promise((resolve) => {
      const lines: string[] = [];
      const reader = createInterface({
        input,
        output,
        terminal: true,
        history,
        prompt,
        signal: interrupt.signal,
      });
      // A closed terminal cannot be reset, which is an error here; its input ends as well.
      reader.on("error", () => {});
      reader.on("history", (entries) => {
        history = entries;
      });
      reader.on("line", (line) => {
        // The lines of a paste arrive in one piece of input, so all of them before this callback.
        if (lines.push(line) === 1) setImmediate(() => reader.close());
      });
      reader.on("SIGINT", () => {
        lines.length = 0;
        interrupt.abort();
      });
      reader.on("close", () => {
        begun = lines.length > 0 ? reader.line : "";
        if (lines.length === 0) output.write("\n");
        resolve(lines.length > 0 ? lines.join("\n") : undefined);
      });
      reader.prompt();
      reader.write(begun);
    });
}
