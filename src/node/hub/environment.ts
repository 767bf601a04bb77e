/**
 * What the environment says, as it says it to Python's huggingface_hub: its constants.py and utils/_auth.py,
 * with the older names that it still honours. An empty variable counts as absent.
 *
 * https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 * @module
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of Python's library, for its cache and its token. */
function hubHome(env: Environment): string {
  const cache = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return expanded(env.HF_HOME || join(cache, "huggingface"), env);
}

/** The folder of the cache. */
export function cacheFolder(env: Environment): string {
  const path = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(hubHome(env), "hub");
  return expanded(path, env);
}

/** The token in the environment, or else the one that `hf auth login` has stored. */
export async function storedToken(env: Environment): Promise<string | undefined> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const set = cleaned(env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN);
  const path = expanded(env.HF_TOKEN_PATH || join(hubHome(env), "token"), env);
  return set ?? cleaned(await readFile(path, "utf8").catch(() => undefined));
}

/** The name of the variable that forbids to ask the hub; undefined if none does. */
export function offlineBy(env: Environment): string | undefined {
  const name = env.HF_HUB_OFFLINE ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE";
  return isTrue(env[name]) ? name : undefined;
}

/**
 * Milliseconds without a byte after which a connection counts as stalled; undefined if nothing is said.
 * @throws {ArgumentError} if it is not a number of seconds.
 */
export function stallTimeoutOf(env: Environment): number | undefined {
  const seconds = env.HF_HUB_DOWNLOAD_TIMEOUT;
  if (!seconds) return undefined;
  if (/^\s*\d+\s*$/.test(seconds)) return Number(seconds) * 1000 || undefined;
  const refuse = refusals("downloadFromHub");
  throw refuse.argument("HF_HUB_DOWNLOAD_TIMEOUT", "a number of seconds", brief(seconds));
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}

/** Editors and shells leave a newline behind a token. */
function cleaned(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, "").trim() || undefined;
}

/** With the home folder for `~`, and the variables `$NAME` and `${NAME}`, which Python replaces as a shell does. */
function expanded(path: string, env: Environment): string {
  const home = path.replace(/^~(?=\/|$)/, homedir());
  return home.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, name, braced) => {
    return env[name ?? braced] ?? whole;
  });
}
