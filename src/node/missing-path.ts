/**
 * What may be meant by a path with nothing there: a name that another program knows, or one on Hugging Face.
 * @module
 */
import { brief } from "../brief.ts";
import { type GemmaError, refusals } from "../errors.ts";
import { modelOfPage } from "../source/http/open-url.ts";
import { systemError } from "./system-error.ts";

/** The name of a file, by its ending; `.1` is that of a version. */
const FILE = /\.\w{2,11}$/;

/**
 * The refusal of a path with nothing there.
 * @param error of `node:fs`, which looked.
 */
export function missingPath(op: string, path: string, error: unknown): GemmaError {
  const expected = FILE.test(path) ? "a file" : "a folder or a file";
  if (path === "") {
    return refusals(op).argument(undefined, `the path of ${expected}`, "an empty text");
  }
  const scheme = /^([a-z][a-z\d+-]+):/i.exec(path)?.[1];
  const hint = nameInsteadOf(path);
  if (scheme !== undefined && hint === undefined) {
    const known = "a path, hf:OWNER/NAME, or an address with https://";
    const way = "download it, and give the path";
    return refusals(op).unsupported(undefined, known, brief(path), way);
  }
  if (hint === undefined) return systemError(refusals(op, path), expected, error);
  return refusals(op, path).source(undefined, expected, "no such path", hint);
}

/** What to write instead; undefined if nothing comes to mind. */
function nameInsteadOf(path: string): string | undefined {
  if (/^~/.test(path)) return "~ is the shell's; give the whole path";
  if (/^(www\.)?(hf|huggingface)\.co\//i.test(path)) {
    const url = `https://${path}`;
    return `write ${modelOfPage(url) ?? url}`;
  }
  if (FILE.test(path)) return undefined;
  const isName = /^\w[\w.-]*\/\w[\w.-]*([@:][\w.-]+)?\/?$/.test(path);
  if (isName) return `if it is a model on Hugging Face, write hf:${path}`;
  if (/^(code)?gemma:[\w.-]+$/i.test(path)) {
    return "that is a name of Ollama's; on Hugging Face models are called as hf:google/gemma-2b-it";
  }
  const isGoogles = /^(code)?gemma-[\w.-]+$/i.test(path);
  return isGoogles ? `if it is a model on Hugging Face, write hf:google/${path}` : undefined;
}
