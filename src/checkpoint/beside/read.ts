/**
 * The files that Hugging Face keeps beside the weights, read together:
 *
 *     config.json               the shape of the model, BOS and EOS
 *     generation_config.json    more ids that end a text; its sampling settings are not looked at
 *     tokenizer.model           SentencePiece, or else
 *     tokenizer.json            the same, converted
 *     tokenizer_config.json     BOS, EOS, added tokens, chat template; older folders have parts of it in
 *                               special_tokens_map.json and added_tokens.json, newer ones chat_template.jinja
 *
 * All but the first are optional. Where two disagree, what transformers would do is done, and a warning says so.
 * @module
 */
import { brief } from "../../brief.ts";
import { eosTokenIds, type GemmaConfig } from "../../config.ts";
import { FormatError, refusals } from "../../errors.ts";
import { fromHfConfig, readIds } from "../../hf-config.ts";
import { type Quantization, readQuantization } from "../../hf-quantization.ts";
import {
  assertSmall,
  type ByteSource,
  closeAll,
  MAX_TEXT,
  readAll,
} from "../../source/byte-source.ts";
import { fileKind } from "../../source/file-kind.ts";
import type { Folder } from "../../source/folder.ts";
import { parseJsonObject } from "../../source/json.ts";
import { type ModelProto, PieceType } from "../../tokenizer/model-proto.ts";
import {
  ADDED_TOKENS,
  CHAT_TEMPLATE,
  CONFIG,
  GENERATION_CONFIG,
  SPECIAL_TOKENS,
  TOKENIZER,
  TOKENIZER_CONFIG,
  TOKENIZER_JSON,
} from "../file-names.ts";
import { type TokenizerFile, tokenizerFile } from "../tokenizer-file.ts";
import { findAddedTokens } from "../tokenizer-json/find-added-tokens.ts";
import { hfVocabulary } from "../tokenizer-json/read.ts";
import {
  type AddedTokens,
  mergeAddedTokens,
  readAddedTokens,
  readIdsByText,
  withAddedTokens,
} from "./added-tokens.ts";
import { readTokenizerConfig, type TokenizerConfig } from "./tokenizer-config.ts";

/** What the files say. */
export interface Beside {
  /** As config.json has it, with the ends of generation_config.json and the BOS and EOS of the tokenizer. */
  readonly config?: GemmaConfig;
  /** How config.json says that the weights are packed, where they are. */
  readonly quantization?: Quantization;
  readonly tokenizer?: TokenizerFile;
  /** Jinja; null where the publisher describes the tokenizer and gives no template. */
  readonly chatTemplate?: string | null;
  /** Where files disagree, and what was done. */
  readonly warnings: readonly string[];
}

/** Where the files are, and how they are called in messages. */
interface Place {
  /** The caller, for errors. */
  readonly op: string;
  readonly folder: Folder;
  readonly signal?: AbortSignal;
  label(file: string): string;
  warn(message: string): void;
  /** Files that are being read already. */
  readonly early?: ReadonlyMap<string, Promise<Uint8Array | undefined>>;
}

/** Read side by side once the config is known to be Gemma's: of a server, one after another takes a second. */
const EARLY: readonly [file: string, most?: number][] = [
  [GENERATION_CONFIG, MAX_TEXT],
  [TOKENIZER_CONFIG, MAX_TEXT],
  [CHAT_TEMPLATE, MAX_TEXT],
  [ADDED_TOKENS, MAX_TEXT],
  [TOKENIZER],
];

/**
 * Reads what there is.
 * @param op the caller, for errors.
 * @param label how a file is called there. Default: by its name.
 * @throws {FormatError} if a file is damaged, or tokens were added to another vocabulary.
 * @throws {UnsupportedError} if the config or the tokenizer is of another family of models.
 */
export async function readBeside(
  op: string,
  folder: Folder,
  signal?: AbortSignal,
  label: (file: string) => string = (file) => file,
): Promise<Beside> {
  const warnings: string[] = [];
  const warn = (message: string) => {
    warnings.push(message);
  };
  const plain: Place = { op, folder, signal, label, warn };
  const json = await readJson(plain, CONFIG);
  const config = json && fromHfConfig(json, label(CONFIG));
  const quantization = json && readQuantization(json, refusals(op, label(CONFIG)));
  const early = new Map(EARLY.map(([file, most]) => [file, readWhole(plain, file, most)]));
  const all = Promise.allSettled(early.values());
  const place: Place = { ...plain, early };
  try {
    const ends = config ? await readEnds(place, config) : [];
    const said = await readSaid(place);
    const tokenizer = await tokenizerIn(place, said, config?.vocabSize);
    return {
      config: config && completed(config, ends, said, tokenizer, warn),
      quantization,
      tokenizer,
      chatTemplate: said.chatTemplate ?? (said.isThere ? null : undefined),
      warnings,
    };
  } finally {
    await all; // so that nothing is open any more
  }
}

/** The config alone, as config.json has it. */
export async function readConfig(
  op: string,
  folder: Folder,
  signal?: AbortSignal,
): Promise<GemmaConfig | undefined> {
  const json = await readJson({ op, folder, signal, label: (file) => file, warn() {} }, CONFIG);
  return json && fromHfConfig(json, CONFIG);
}

/** The tokenizer of {@link readBeside}, for those who need no config. */
export async function readTokenizer(
  op: string,
  folder: Folder,
  signal?: AbortSignal,
): Promise<TokenizerFile | undefined> {
  const plain: Place = { op, folder, signal, label: (file) => file, warn() {} };
  // First the file that most folders have: if a server sends a page even for that, it is no folder.
  const early = new Map([[TOKENIZER, Promise.resolve(await readWhole(plain, TOKENIZER))]]);
  const place: Place = { ...plain, early };
  return tokenizerIn(place, await readSaid(place));
}

/** `eos_token_id` of generation_config.json, which transformers stops at whatever config.json says. */
async function readEnds(place: Place, { vocabSize: V }: GemmaConfig): Promise<readonly number[]> {
  const json = await readJson(place, GENERATION_CONFIG);
  const refuse = refusals(place.op, place.label(GENERATION_CONFIG));
  return json ? readIds("eos_token_id", json.eos_token_id, V, refuse) : [];
}

interface Said extends TokenizerConfig {
  /** The file that names `bos`. */
  readonly bosFile: string;
  /** Whether there is a tokenizer_config.json. */
  readonly isThere: boolean;
}

async function readSaid(place: Place): Promise<Said> {
  const json = await readJson(place, TOKENIZER_CONFIG);
  const main = readTokenizerConfig(json ?? {}, refusals(place.op, place.label(TOKENIZER_CONFIG)));
  const isWhole = main.bos !== undefined && main.eos !== undefined;
  const mapped = isWhole ? undefined : await readJson(place, SPECIAL_TOKENS);
  const older = readTokenizerConfig(mapped ?? {}, refusals(place.op, place.label(SPECIAL_TOKENS)));
  const bytes = await readWhole(place, CHAT_TEMPLATE, MAX_TEXT);
  const template = (bytes && new TextDecoder().decode(bytes)) || undefined;
  if (template && main.chatTemplate && template !== main.chatTemplate) {
    place.warn(
      `${CHAT_TEMPLATE} differs from chat_template in ${TOKENIZER_CONFIG}; the former is taken`,
    );
  }
  return {
    ...main,
    bos: main.bos ?? older.bos,
    bosFile: main.bos === undefined ? SPECIAL_TOKENS : TOKENIZER_CONFIG,
    eos: main.eos ?? older.eos,
    chatTemplate: template ?? main.chatTemplate,
    isThere: json !== undefined,
  };
}

async function tokenizerIn(
  place: Place,
  said: Said,
  vocabSize?: number,
): Promise<TokenizerFile | undefined> {
  const { op, folder, label, warn } = place;
  const bytes = await readWhole(place, TOKENIZER);
  const whole = bytes ? undefined : await readJson(place, TOKENIZER_JSON, null);
  if (!bytes && !whole) return undefined;
  const file = label(bytes ? TOKENIZER : TOKENIZER_JSON);
  const name = file.startsWith(folder.name) ? file : `${folder.name}/${file}`;
  const base = bytes
    ? tokenizerFile(assertModelProto(op, bytes, file), name)
    : tokenizerFile(cut(hfVocabulary(whole ?? {}, file), vocabSize), name);
  const files: AddedTokens[] = [
    await addedInJson(place, whole),
    { file: TOKENIZER_CONFIG, tokens: said.added },
  ];
  const old = await readJson(place, ADDED_TOKENS);
  if (old) {
    files.push({
      file: ADDED_TOKENS,
      tokens: readIdsByText(old, refusals(op, label(ADDED_TOKENS))),
    });
  }
  const merged = mergeAddedTokens(files, warn);
  const usable = merged.filter(({ id }) => vocabSize === undefined || id < vocabSize);
  if (usable.length < merged.length) {
    const count = merged.length - usable.length;
    const { id, content } = merged[usable.length]; // they come in the order of their ids
    warn(
      `${count === 1 ? "an added token has" : `${count} added tokens have`} no row in the model's table of ${vocabSize}, ` +
        `the first is ${id}, ${brief(content)}; left out`,
    );
  }
  if (usable.length === 0) return base;
  const model = withAddedTokens(base.model(), usable, name, warn);
  const isOwn = model === base.model();
  return { ...(isOwn ? base : tokenizerFile(model, name)), added: usable };
}

/**
 * A vocabulary without those of its added tokens that the model has no row for, at its end: a token to pad with, say,
 * that nobody used.
 */
function cut(model: ModelProto, rows = model.pieces.length): ModelProto {
  const isAdded = model.pieces.slice(rows).every(({ type }) => type === PieceType.USER_DEFINED);
  return isAdded ? { ...model, pieces: model.pieces.slice(0, rows) } : model;
}

/** What tokenizer.json adds; `json` is its content, where it has been read already. */
async function addedInJson(
  { op, folder, signal, label, warn }: Place,
  json: Json | undefined,
): Promise<AddedTokens> {
  const file = label(TOKENIZER_JSON);
  const read = (list: unknown) => readAddedTokens(list, "added_tokens", refusals(op, file));
  const source = json ? undefined : await folder.open(TOKENIZER_JSON);
  if (!source) return { file, tokens: read(json?.added_tokens) };
  try {
    return { file, tokens: read(await findAddedTokens(source, op, file, signal)) };
  } catch (error) {
    // It may be a pointer, where somebody fetched only the files he needs: that is no reason to refuse.
    if (!(error instanceof FormatError)) throw error;
    warn(`${error.message}; tokens that it adds to ${TOKENIZER} are not known`);
    return { file, tokens: [] };
  } finally {
    await closeAll([source]);
  }
}

/** The config with the BOS and the ends that the other files give. */
function completed(
  config: GemmaConfig,
  ends: readonly number[],
  { bos, bosFile, eos, addsBos }: Said,
  tokenizer: TokenizerFile | undefined,
  warn: (message: string) => void,
): GemmaConfig {
  const idOf = (text: string | undefined) => {
    if (text === undefined || !tokenizer) return undefined;
    const id = tokenizer.model().pieces.findIndex(({ piece }) => piece === text);
    return id >= 0 && id < config.vocabSize ? id : undefined;
  };
  const bosId = idOf(bos);
  const eosId = idOf(eos);
  const bosTokenId = bosId ?? config.bosTokenId;
  if (bos !== undefined && tokenizer && bosId === undefined) {
    warn(
      `${bosFile} says that ${brief(bos)} begins a text, which the tokenizer does not have; token ${bosTokenId} is taken`,
    );
  }
  if (bosTokenId !== config.bosTokenId) {
    const ours = `${bosFile} says that ${brief(bos)}, token ${bosTokenId}, begins a text`;
    warn(`${ours}, ${CONFIG} says token ${config.bosTokenId}; ${bosTokenId} is taken`);
  }
  if (addsBos === false) {
    const hint = "pass ids to leave it out";
    warn(`${TOKENIZER_CONFIG} says add_bos_token: false; BOS is added all the same, ${hint}`);
  }
  const all = [
    ...new Set([...eosTokenIds(config), ...ends, ...(eosId === undefined ? [] : [eosId])]),
  ];
  return { ...config, bosTokenId, eosTokenId: all.length === 1 ? all[0] : all };
}

/**
 * `bytes` of a `tokenizer.model`, recognised but not parsed.
 * @throws {FormatError} if it is a file of another kind, such as a pointer or a page in its place.
 */
export function assertModelProto(op: string, bytes: Uint8Array, file: string): Uint8Array {
  const kind = fileKind(bytes);
  // A SentencePiece model begins with a newline and a length, which may be that of "{".
  if (!kind || (kind.kind === "json" && bytes[0] === 0x0a)) return bytes;
  throw refusals(op, file).format(undefined, "a SentencePiece model", kind.title, kind.hint);
}

type Json = Readonly<Record<string, unknown>>;

/** A JSON file, if it is there. `most` bytes may be in it; null for as many as in any whole file. */
async function readJson(
  place: Place,
  file: string,
  most: number | null = MAX_TEXT,
): Promise<Json | undefined> {
  const bytes = await readWhole(place, file, most ?? undefined);
  return bytes && parseJsonObject(bytes, place.op, place.label(file));
}

async function readWhole(
  { op, folder, signal, early }: Place,
  file: string,
  most?: number,
): Promise<Uint8Array | undefined> {
  const reading = early?.get(file);
  if (reading) return reading;
  signal?.throwIfAborted();
  const source: ByteSource | undefined = await folder.open(file);
  if (!source) return undefined;
  try {
    assertSmall(op, source, most);
    return await readAll(source, signal);
  } finally {
    await closeAll([source]);
  }
}
