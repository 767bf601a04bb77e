/**
 * Options of everything that asks the hub; environment variables stand in for those that are absent, as for
 * Python.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { OptionNames } from "../../options.ts";
import type { Progress } from "../../progress.ts";
import { HTTP_NAMES, type HttpOptions } from "../../source/http/request.ts";
import { type Hub, repositoryOf } from "./api.ts";
import { type Environment, storedToken } from "./cache.ts";
import { HUGGING_FACE, type HubReference } from "./reference.ts";

/** Options of `downloadFromHub`. */
export interface HubOptions extends HttpOptions {
  /** Default: $HF_TOKEN, or the content of $HF_TOKEN_PATH or $HF_HOME/token. Only ever sent to the endpoint. */
  readonly token?: string;
  /** Default: $HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string;
  /** Default: $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
  /** Told of all files together; files that are in the cache count as loaded. */
  readonly onProgress?: (progress: Progress) => void;
  /** Default: `process.env`. */
  readonly env?: Environment;
}

export const HUB_NAMES: OptionNames<HubOptions> = {
  ...HTTP_NAMES,
  token: true,
  endpoint: true,
  cacheDir: true,
  signal: true,
  onProgress: true,
  env: true,
};

/** The hub that the options mean, and how it is asked. */
export async function hubOf(options: HubOptions): Promise<Hub> {
  const { env = process.env, cacheDir: _, onProgress: __, ...rest } = options;
  const token = options.token ?? (await storedToken(env));
  const endpoint = options.endpoint ?? (env.HF_ENDPOINT || HUGGING_FACE);
  return { ...rest, endpoint: endpoint.replace(/\/+$/, ""), token };
}

/** Whether the environment forbids to ask the hub. */
export function isOffline({ env = process.env }: HubOptions): boolean {
  return /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? "");
}

/** @throws {SourceError} if the environment forbids to ask the hub. */
export function assertOnline(reference: HubReference, options: HubOptions): void {
  if (!isOffline(options)) return;
  const expected = "the whole model in the cache, as HF_HUB_OFFLINE is set";
  const refuse = refusals("downloadFromHub", repositoryOf(reference));
  throw refuse.source(undefined, expected, "a part of it", "unset HF_HUB_OFFLINE to download it");
}
