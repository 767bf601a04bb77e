/**
 * The weights that a manifest of ollama stands for. It is a JSON of layers, each with the digest of a file in blobs/:
 *
 *     {"schemaVersion": 2, "layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:…"}]}
 *
 * @module
 */
import { GemmaError } from "../errors.ts";
import { type ByteSource, MAX_TEXT, readAll } from "../source/byte-source.ts";
import { isObject, parseJsonObject } from "../source/json.ts";

/** The next step with `source`, if it is a manifest of ollama. */
export async function ollamaBlob(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (source.size > MAX_TEXT) return undefined;
  let json: Record<string, unknown>;
  try {
    json = parseJsonObject(await readAll(source, signal), "openCheckpoint", source.name);
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    return undefined;
  }
  for (const layer of Array.isArray(json.layers) ? json.layers : []) {
    if (!isObject(layer) || layer.mediaType !== "application/vnd.ollama.image.model") continue;
    const [, hash] = /^sha256:([0-9a-f]{64})$/.exec(String(layer.digest)) ?? [];
    if (hash) return `open the file that it names, blobs/sha256-${hash}`;
  }
  return undefined;
}
