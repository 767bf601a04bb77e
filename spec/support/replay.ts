/** Recorded answers against those of a server of ours. */
import type { GemmaServer } from "../../src/node/serve/serve.ts";
import { ask, type Exchange } from "./serve.ts";

/** Where answers differ. */
export interface Differences {
  /** Choices that were compared. */
  choices: number;
  /** The largest distance of two log-probabilities; null has to stand in the same places. */
  logprob: number;
  /** Places where the client would call a token greedy in one answer, and not in the other. */
  flags: number;
  /** Status, text, tokens, usage, and all that is no number, in words. */
  readonly others: string[];
}

interface Choice {
  readonly text?: string;
  readonly message?: { readonly content: string };
  readonly logprobs?: {
    readonly tokens: readonly string[];
    readonly token_logprobs: readonly (number | null)[];
    readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
    readonly text_offset: readonly number[];
  } | null;
}

/** Asks what was asked, and compares. */
export async function replay(
  server: GemmaServer,
  traffic: readonly Exchange[],
  atOnce = 1,
): Promise<Differences> {
  const found: Differences = { choices: 0, logprob: 0, flags: 0, others: [] };
  const left = [...traffic];
  const client = async () => {
    for (let one = left.shift(); one; one = left.shift()) await compare(server, one, found);
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return found;
}

async function compare(
  server: GemmaServer,
  { path, request, status: expected, response }: Exchange,
  found: Differences,
): Promise<void> {
  const { status, json } = await ask(server, path, request ?? undefined);
  const same = (what: string, got: unknown, wanted: unknown) => {
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (a !== b) found.others.push(`${path} ${what}: ${a}, and not ${b}`);
  };
  same("status", status, expected);
  if (!response.choices) {
    // The recorded server wrote its chat template otherwise.
    for (const [name, value] of Object.entries(response)) {
      if (name !== "chat_template") same(name, json[name], value);
    }
    return;
  }
  same("usage", json.usage, response.usage);
  same("choices", json.choices.length, response.choices.length);
  for (const [i, wanted] of response.choices.entries()) {
    const got = json.choices[i];
    found.choices++;
    for (const name of ["index", "text", "finish_reason"]) same(name, got[name], wanted[name]);
    same("content", got.message?.content, wanted.message?.content);
    compareLogprobs(got, wanted, found, same);
  }
}

function compareLogprobs(
  { logprobs: got }: Choice,
  { logprobs: wanted }: Choice,
  found: Differences,
  same: (what: string, got: unknown, wanted: unknown) => void,
): void {
  if (!got || !wanted) {
    same("logprobs", got ?? null, wanted ?? null);
    return;
  }
  same("tokens", got.tokens, wanted.tokens);
  // The recorded offsets count `<0xF0>` and `<bos>` as text.
  if (!wanted.tokens.some((token) => token.startsWith("<"))) {
    same("text_offset", got.text_offset, wanted.text_offset);
  }
  const further = (a: number | null, b: number | null) => {
    if (a === null || b === null) return same("null", a, b);
    found.logprob = Math.max(found.logprob, Math.abs(a - b));
  };
  for (const [t, logprob] of wanted.token_logprobs.entries()) {
    further(got.token_logprobs[t], logprob);
    const [ours, theirs] = [got.top_logprobs[t], wanted.top_logprobs[t]];
    same("top tokens", ours && Object.keys(ours), theirs && Object.keys(theirs));
    for (const token of Object.keys(theirs ?? {}))
      further(ours?.[token] ?? null, theirs?.[token] ?? null);
    if (isGreedy(got, t) !== isGreedy(wanted, t)) found.flags++;
  }
}

/** As the client has it: the same double as the largest. */
function isGreedy({ token_logprobs, top_logprobs }: NonNullable<Choice["logprobs"]>, t: number) {
  return token_logprobs[t] === Math.max(...Object.values(top_logprobs[t] ?? {}));
}
