/**
 * Options of everything that asks the hub; environment variables stand in for those that are absent, as for
 * Python.
 * @module
 */
import { refusals, type SourceError } from "../../errors.ts";
import type { OptionNames } from "../../options.ts";
import type { Progress } from "../../progress.ts";
import { HTTP_NAMES, type HttpOptions, publicUrl } from "../../source/http/request.ts";
import { connectionOptions } from "../proxy.ts";
import type { Hub } from "./api.ts";
import { type Environment, offlineBy, stallTimeoutOf, storedToken } from "./environment.ts";
import { HUGGING_FACE, type HubReference, repositoryOf } from "./reference.ts";

const op = "downloadFromHub";

/** Options of `downloadFromHub`. */
export interface HubOptions extends HttpOptions {
  /** Default: $HF_TOKEN, or the content of $HF_TOKEN_PATH or $HF_HOME/token. Only ever sent to the endpoint. */
  readonly token?: string;
  /** Default: $HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string;
  /** Default: $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub. */
  readonly cacheDir?: string;
  /** Stops it; the call rejects with its reason. */
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
  onProgress: "function",
  env: true,
};

/**
 * The hub that the options mean, and how it is asked.
 * @throws {ArgumentError} if its address is not one, or the token cannot be one.
 */
export async function hubOf(options: HubOptions): Promise<Hub> {
  const { env = process.env, cacheDir: _, onProgress: __, ...rest } = options;
  const token = options.token?.trim() || (await storedToken(env));
  const endpoint = endpointOf(options.endpoint, env);
  const { fetch, unreachableHint } = await connectionOptions(env);
  return {
    ...rest,
    endpoint,
    token: assertToken(token, endpoint),
    fetch: options.fetch ?? fetch,
    stallTimeout: options.stallTimeout ?? stallTimeoutOf(env),
    // Where there is no network, a model may come by other ways.
    unreachableHint: `${unreachableHint}; or give the folder of a download, or a mirror as HF_ENDPOINT`,
  };
}

/** Without a slash at its end. */
function endpointOf(given: string | undefined, env: Environment): string {
  const text = (given ?? (env.HF_ENDPOINT || HUGGING_FACE)).trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash) {
    return text.replace(/\/+$/, "");
  }
  const name = given === undefined ? "HF_ENDPOINT" : "endpoint";
  const expected = `the address of a hub, as ${HUGGING_FACE}`;
  // The text is not repeated: it may contain a password.
  throw refusals(op).argument(name, expected, "something else", "it begins with https://");
}

/** What no header can carry is found here, where it has a name. It is not repeated. */
function assertToken(token: string | undefined, endpoint: string): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  const got = "a text with a space, or with a character that no token has";
  const hint = `copy it again from ${publicUrl(`${endpoint}/settings/tokens`)}`;
  throw refusals(op).argument("token", "a token as hf_…", got, hint);
}

/** Whether the environment forbids to ask the hub. */
export function isOffline({ env = process.env }: HubOptions): boolean {
  return offlineBy(env) !== undefined;
}

/** The error where the environment forbids to ask the hub. @param got what of the model is in the cache. */
export function offline(
  reference: HubReference,
  { env = process.env }: HubOptions,
  got: string,
): SourceError {
  const name = offlineBy(env);
  const expected = `the whole model in the cache, as ${name} is set`;
  const refuse = refusals(op, repositoryOf(reference));
  return refuse.source(undefined, expected, got, `unset ${name} to download it`);
}
