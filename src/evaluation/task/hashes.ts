/**
 * The harness's hashes: whether two runs had the same documents, prompts and targets.
 * @module
 */
import { pythonStr } from "../../python/literal.ts";
import { sha256Hex } from "../../source/sha256.ts";
import type { AskedDocument } from "./build-requests.ts";
import type { Sample, TaskRequest } from "./result.ts";

/**
 * SHA-256 of `json.dumps(doc, indent=2, ensure_ascii=False)`, which is `JSON.stringify(doc, null, 2)` but for numbers: Python writes
 * 1.0 where it was read as a float, and JavaScript 1.
 */
export function hashesOf({ document, requests, target }: AskedDocument): Sample["hashes"] {
  return {
    document: sha256Hex(JSON.stringify(document, null, 2)),
    prompt: sha256Hex(firstArgument(requests[0])),
    target: sha256Hex(pythonStr(target)),
  };
}

/** The hash of a task: of those of its samples, one behind the other. */
export function taskHash(samples: readonly Sample[]): string {
  const all = samples.map(({ hashes }) => hashes.document + hashes.prompt + hashes.target);
  return sha256Hex(all.join(""));
}

function firstArgument(request: TaskRequest): string {
  return "text" in request ? request.text : request.context;
}
