/**
 * Files of data, as sequences and as conversations, each with the hash of what was read: a run goes on with the data that it
 * began with.
 * @module
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { FormatError, refusals } from "../../errors.ts";
import { fileSource } from "../../node/file-source.ts";
import { systemError } from "../../node/system-error.ts";
import { RunningSha256 } from "../../source/sha256.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { DataRow, PreferenceRow } from "../../training/data/rows/row.ts";
import { openRows } from "../../training/data/rows/row-file.ts";
import {
  documentSequences,
  type SequenceList,
  windowSequences,
} from "../../training/data/tokens/sequences.ts";
import { readTokens, type TokenArray } from "../../training/data/tokens/token-file.ts";
import type { TuningRow } from "../../tuning/conversation.ts";
import type { AskedSource } from "./sources.ts";

/** What was read, and how to know it again. */
export interface Read<T> {
  readonly data: T;
  /** SHA-256 of the file. */
  readonly sha256: string;
}

/** How rows are read. */
interface ReadOptions {
  readonly system: "refuse" | "before-user";
  readonly signal: AbortSignal;
}

/** Rows of conversations: messages, or prompt and completion. */
export async function readConversations(
  path: string,
  system: ReadOptions["system"],
  signal: AbortSignal,
): Promise<Read<TuningRow[]>> {
  const { data, sha256 } = await readRows("sft", path, { system, signal }, (row) => {
    if (row.kind !== "prompt" && row.kind !== "preference") return;
    const expected = "messages, prompt and completion, or a text";
    throw refusals("sft", row.where).format(undefined, expected, `a row of ${row.kind}`);
  });
  return { data: data as TuningRow[], sha256 };
}

/** Rows of preferences: a prompt, a better answer, and another. */
export async function readPreferences(
  op: string,
  path: string,
  system: ReadOptions["system"],
  signal: AbortSignal,
): Promise<Read<PreferenceRow[]>> {
  const { data, sha256 } = await readRows(op, path, { system, signal }, (row) => {
    if (row.kind === "preference") return;
    const expected = "a preference: prompt, chosen and rejected";
    throw refusals(op, row.where).format(undefined, expected, `a row of ${row.kind}`);
  });
  return { data: data as PreferenceRow[], sha256 };
}

/** Rows of any kind that `assert` lets pass. */
export async function readRows(
  op: string,
  path: string,
  { system, signal }: ReadOptions,
  assert: (row: DataRow) => void = () => {},
): Promise<Read<DataRow[]>> {
  const source = await fileSource(path);
  try {
    const rows = openRows(source, { system, signal });
    const data: DataRow[] = [];
    for await (const row of rows) {
      assert(row);
      data.push(row);
    }
    if (data.length === 0) throw noRows(op, path);
    return { data, sha256: rows.file?.sha256 ?? "" };
  } catch (error) {
    throw system === "refuse" ? inOptions(error) : error;
  } finally {
    await source.close?.();
  }
}

const noRows = (op: string, path: string) =>
  refusals(op, path).format(undefined, "a row at least", "no rows", "a JSON object a line");

/** A hint that speaks of the library's option, in the terminal's words. */
function inOptions(error: unknown): unknown {
  if (!(error instanceof FormatError) || !error.hint?.startsWith('system: "before-user"')) {
    return error;
  }
  const { op, file, argument, expected, got } = error;
  const hint = "--system puts it before the first message of the user";
  return new FormatError({ op, file, argument, expected, got, hint }, { cause: error });
}

/** How a corpus becomes sequences. */
export interface CorpusCut {
  /** Tokens of a window. */
  readonly tokens: number;
  /** Whether documents are kept apart. */
  readonly documents: boolean;
  /** Of the model. */
  readonly vocabSize: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly signal: AbortSignal;
}

/** Sequences of a source: of texts in JSON lines, or of a token file. */
export async function readSequences(
  { file, member }: AskedSource,
  tokenizer: Tokenizer,
  cut: CorpusCut,
): Promise<Read<SequenceList>> {
  const bytes = await readFile(file).catch((error) => {
    throw systemError(refusals("train", file), "a file of texts or tokens", error);
  });
  const hash = new RunningSha256();
  hash.update(bytes);
  const sha256 = hash.digest();
  const corpus = /\.np[yz]$/i.test(file)
    ? tokensOf(new Uint8Array(bytes), file, member, cut.vocabSize)
    : await textsOf(file, tokenizer, cut);
  if (corpus.length === 0) throw noRows("train", file);
  const { tokens, documents, bosTokenId: bos } = cut;
  const refuse = refusals("train", file);
  const got = `${corpus.length} tokens`;
  if (documents) {
    const data = cutTo(documentSequences(corpus, bos), tokens);
    if (data.length > 0) return { data, sha256 };
    throw refuse.format(undefined, "a document of two tokens", got);
  }
  if (corpus.length > tokens) {
    return { data: windowSequences(corpus, { length: tokens, bos }), sha256 };
  }
  const hint = "a lower --tokens makes shorter sequences, --documents one of each text";
  throw refuse.format(undefined, `${tokens + 1} tokens at least`, got, hint);
}

function tokensOf(
  bytes: Uint8Array,
  file: string,
  member: string | undefined,
  vocabSize: number,
): TokenArray {
  const arrays = readTokens(bytes, { vocabSize, name: basename(file) });
  const [only] = arrays.values();
  const found = member === undefined && arrays.size === 1 ? only : arrays.get(member ?? "");
  if (found) return found;
  const names = [...arrays.keys()].map((name) => `${file}:${name}`).join(", ");
  throw refusals("train", file).argument("member", names, member ?? "no name of an array");
}

/** Every text between BOS and EOS, one behind the other. */
async function textsOf(
  file: string,
  tokenizer: Tokenizer,
  { bosTokenId, eosTokenId, signal }: CorpusCut,
): Promise<TokenArray> {
  const source = await fileSource(file);
  try {
    const ids: number[] = [];
    for await (const { text } of openRows(source, { kind: "text", signal })) {
      ids.push(bosTokenId);
      for (const id of tokenizer.encode(text)) ids.push(id);
      ids.push(eosTokenId);
    }
    return Uint32Array.from(ids);
  } finally {
    await source.close?.();
  }
}

/** The same sequences, each with the first `tokens` targets at most. */
function cutTo(sequences: SequenceList, tokens: number): SequenceList {
  return {
    length: sequences.length,
    at(i) {
      const sequence = sequences.at(i);
      if (!sequence || sequence.ids.length <= tokens + 1) return sequence;
      const [ids, mask] = [sequence.ids, sequence.mask].map((list) =>
        Array.prototype.slice.call(list, 0, tokens + 1),
      );
      return { ids, mask };
    },
  };
}
