/**
 * The functions of a learner's file.
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { escaped } from "../../tokenizer/tokenizer.ts";
import { functionNames, isUnwritten, type Task } from "../exercise.ts";

/** The file is no module, or lacks a function. The message is for the learner. */
export class UnusableFile extends Error {
  override readonly name: string = "UnusableFile";
}

/**
 * Imports a file, and takes the exercise's functions out of it: exported by name, or the only one as default.
 * @typeParam Functions  what the task asks for; only names are checked.
 * @param url of the file.
 * @throws {UnusableFile} if it does not run, or a function is not there.
 */
export async function functionsOf<Functions>(url: string, task: Task): Promise<Functions> {
  const exported = await imported(url);
  const names = functionNames(task);
  const fallback = exported.default as unknown;
  const find = (name: string): unknown => {
    if (exported[name] !== undefined) return exported[name];
    // module.exports of a CommonJS file comes as the default.
    if (typeof fallback === "object" && fallback !== null) {
      return (fallback as Record<string, unknown>)[name];
    }
    return names.length === 1 ? fallback : undefined;
  };
  const found = names.map((name) => [name, find(name)] as const);
  const missing = found.filter(([, fn]) => typeof fn !== "function").map(([name]) => name);
  if (missing.length === 0) {
    const located = found.map(([name, fn]) => [name, withLine(fn as Called, url)]);
    return Object.fromEntries(located) as Functions;
  }
  const there = Object.keys(exported).filter((name) => name !== "default");
  const has = there.length === 0 ? "It exports nothing" : `It exports ${there.join(", ")}`;
  throw new UnusableFile(
    `There is no function ${missing.join(", ")}. ${has}: is an export missing?`,
  );
}

type Called = (...args: unknown[]) => unknown;

/** The same function; an error that it throws says at which line of the file. */
function withLine(fn: Called, url: string): Called {
  return (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      if (error instanceof Error && !isUnwritten(error)) {
        const line = lineIn(error, url);
        const place = `, at line ${line}`;
        if (line && !error.message.endsWith(place)) error.message += place;
      }
      throw error;
    }
  };
}

function lineIn(error: Error, url: string): string | undefined {
  return error.stack?.match(new RegExp(`${escaped(fileURLToPath(url))}:(\\d+)`))?.[1];
}

async function imported(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const text = await errorText(error, url);
    throw new UnusableFile(`The file does not run. ${text}`, { cause: error });
  }
}

/** The error, and the line of the file that it is about. */
async function errorText(error: unknown, url: string): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  const line = error instanceof SyntaxError ? await faultyLine(url) : lineIn(error, url);
  return `${error.name}: ${error.message}${line ? `, at line ${line}` : ""}`;
}

/** The line that is not JavaScript: `import()` does not say, a script does, so exports are taken away for it. */
async function faultyLine(url: string): Promise<string | undefined> {
  const text = await readFile(new URL(url), "utf8").catch(() => "");
  try {
    new Script(text.replace(/^(\s*)(import\b.*|export\s+(default\s+)?)/gm, "$1"), {
      filename: "file",
    });
  } catch (error) {
    return (error as Error).stack?.match(/^file:(\d+)/)?.[1];
  }
  return undefined;
}
