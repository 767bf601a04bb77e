/** PyTorch in a process of its own, asked line by line (torch_gemma.py). */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What it answers. */
export interface Answer {
  readonly loss: number;
  /** Milliseconds of all processors together. */
  readonly processor: number;
}

/** A process that computes the loss of its batch. */
export interface Torch {
  /** `forward` or `step`. */
  ask(what: string): Promise<Answer>;
  end(): void;
}

/** Starts `python` on a model in two files, with so many threads. */
export function torchGemma(python: string, model: string, weights: string, threads: number): Torch {
  const script = fileURLToPath(new URL("torch_gemma.py", import.meta.url));
  const process = spawn(python, [script, model, weights, `${threads}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  return {
    async ask(what) {
      process.stdin.write(`${what}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("PyTorch has ended");
      return JSON.parse(value) as Answer;
    },
    end: () => process.stdin.end(),
  };
}
