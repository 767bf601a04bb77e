/**
 * Answers in a file: a line of JSON each, appended as they come. Whatever ends the process, all answers that were given are
 * in it; a line that was being written is cut off when the file is opened next.
 * @module
 */
import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { refusals } from "../../errors.ts";
import type { AnswerStore, StoredAnswer } from "../../evaluation/answers/answer-store.ts";
import { withLock } from "../file-lock.ts";
import { errorCode, systemError } from "../system-error.ts";

/** An open file of answers. */
export interface AnswerFile extends AnswerStore {
  /** Answers in it. */
  readonly size: number;
}

const OP = "withAnswerFile";

/**
 * Does `work` with the answers in the file at `path`, which is made if it is not there. One process at a time has a file; another
 * waits for it.
 * @throws {SourceError} if the disk refuses.
 */
export function withAnswerFile<T>(
  path: string,
  work: (answers: AnswerFile) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withLock(`${path}.lock`, signal, async () => {
    const { handle, answers } = await opened(path);
    try {
      return await work(fileOf(path, handle, answers));
    } finally {
      await handle.close();
    }
  }).catch((error) => {
    throw errorCode(error) ? systemError(refusals(OP, path), "a file for answers", error) : error;
  });
}

async function opened(path: string) {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "a+");
  const bytes = await readFile(path);
  const whole = bytes.lastIndexOf("\n".charCodeAt(0)) + 1;
  if (whole < bytes.length) await handle.truncate(whole);
  const lines = bytes.subarray(0, whole).toString().split("\n");
  const answers = new Map<string, StoredAnswer>();
  for (const line of lines) {
    const known = answerOf(line);
    if (known) answers.set(known.key, known.answer);
  }
  return { handle, answers };
}

function fileOf(path: string, handle: FileHandle, answers: Map<string, StoredAnswer>): AnswerFile {
  // One after another, or lines would lie inside each other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    get size() {
      return answers.size;
    },
    get: (key) => answers.get(key),
    async put(key, answer) {
      const line = `${JSON.stringify({ key, ...answer })}\n`;
      const mine = last.then(() => handle.appendFile(line));
      last = mine.catch(() => {});
      try {
        await mine;
      } catch (error) {
        throw systemError(refusals(OP, path), "to append an answer", error);
      }
      answers.set(key, answer);
    },
  };
}

/** A line that is no answer is left alone: its request is asked again. */
function answerOf(
  line: string,
): { readonly key: string; readonly answer: StoredAnswer } | undefined {
  try {
    const { key, ...answer } = JSON.parse(line);
    return typeof key === "string" ? { key, answer } : undefined;
  } catch {
    return undefined;
  }
}
