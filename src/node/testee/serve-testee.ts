/**
 * A testee in JavaScript as a process of its own.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { openHfFolder } from "../../checkpoint/safetensors/open.ts";
import { answerTo, type Disk } from "../../conformance/protocol/serve.ts";
import type { Testee } from "../../conformance/run/testee.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { readAll } from "../../source/byte-source.ts";
import { lineGroups } from "../../source/lines.ts";
import { fileSource } from "../file-source.ts";
import { openFolder } from "../folder.ts";

/** Where requests come from, and answers go. */
export interface ServeOptions {
  /** Default: stdin. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Takes a line, with its newline. Default: writes it to stdout. */
  readonly write?: (line: string) => void | Promise<void>;
}

const NAMES: OptionNames<ServeOptions> = { input: true, write: "function" };

/**
 * Answers requests in lines of JSON for `testee`, until its input ends or says `bye`: what a program does that
 * `gemma-reference verify -- node my-engine.mjs` starts.
 *
 *     await serveTestee({ info: { name: "my-engine" }, load, reset, forward, op });
 *
 * A testee may also be handed to `runSuite` as it is. A process of its own has its own memory, flags and runtime, and
 * the suite survives its crash.
 */
export async function serveTestee(testee: Testee, options: ServeOptions = {}): Promise<void> {
  const op = "serveTestee";
  assertOptions(op, options, NAMES);
  if (typeof testee?.forward !== "function") {
    throw refusals(op).argument(
      "testee",
      "a Testee: { info, load, reset, forward }",
      brief(testee),
    );
  }
  const { input = process.stdin, write = (line) => void process.stdout.write(line) } = options;
  let checkpoint: Checkpoint | undefined;
  const disk: Disk = {
    async openModel(name, path) {
      await checkpoint?.close();
      checkpoint = await openHfFolder(openFolder(path));
      return { name, config: checkpoint.config, tensors: checkpoint.tensors, path };
    },
    readFile,
  };
  try {
    for await (const lines of lineGroups(input)) {
      for (const line of lines) {
        const request = parsed(line);
        if ((request as { do?: unknown } | null)?.do === "bye") return;
        await write(`${JSON.stringify(await answerTo(testee, request, disk))}\n`);
      }
    }
  } finally {
    await checkpoint?.close();
    await testee.close?.();
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  const source = await fileSource(path);
  try {
    return await readAll(source);
  } finally {
    await source.close?.();
  }
}

function parsed(line: Uint8Array): unknown {
  const text = new TextDecoder().decode(line);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
