/**
 * Loading: from whatever a checkpoint is given as to a model, a tokenizer and the open files behind them.
 * @module
 */
import type { Backend, Handles } from "./backend/backend.ts";
import {
  assertBackendOptions,
  type BackendName,
  defaultBackend,
  makeBackend,
  type NamedBackendOptions,
  type PlannedWeight,
} from "./backend/named.ts";
import { brief } from "./brief.ts";
import { assertOneOf } from "./check.ts";
import { chooseChatFormat } from "./checkpoint/beside/choose-chat-format.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { openCheckpoint } from "./checkpoint/open.ts";
import { untiedWarning } from "./checkpoint/untied.ts";
import type { GemmaConfig } from "./config.ts";
import { refusals, type UnsupportedError } from "./errors.ts";
import type { AdapterSource } from "./load-adapter.ts";
import { Model } from "./model/model.ts";
import { maxPadding, zeroRows } from "./model/weights/padding.ts";
import { assertOptions, type OptionNames } from "./options.ts";
import type { Progress } from "./progress.ts";
import { eitherSignal } from "./signals.ts";
import { folderOrFile, type Source } from "./source/folder.ts";
import type { PrecisionName } from "./tensor/precision.ts";
import { type ChatFormat, GEMMA_CHAT } from "./tokenizer/chat-format.ts";
import { PieceType } from "./tokenizer/model-proto.ts";
import { Tokenizer } from "./tokenizer/tokenizer.ts";
import { isPlaceholder } from "./tokenizer/vocabulary.ts";
import type { OnWarning } from "./warning.ts";

/**
 * What a checkpoint is loaded from: the path of its folder or file (in Node); its URL, with a slash at its
 * end if it is a folder; `hf:OWNER/NAME`, which in Node is downloaded into the cache that Python uses; its
 * one file (GGUF, `.npz`, of torch) as a Blob, such as a File chosen in a browser, or as bytes, which are
 * not copied; several files (`filesFolder`); a source of one's own; or a checkpoint that is open already.
 */
export type GemmaSource = string | URL | Source | Checkpoint;

export interface GemmaOptions extends NamedBackendOptions {
  /**
   * Name of a backend that comes with the library, or one of your own. "auto" is "webgpu" where there is a GPU with
   * room for the model, else the default; `gemma.backend.info` says which, and why. Default: "wasm", the fast one on
   * any machine, where it can run and `precision` is float32; else "cpu", the definition.
   */
  readonly backend?: BackendName | Backend;
  /** Arithmetic of a named backend: float64, float32 (default) or bfloat16. */
  readonly precision?: PrecisionName;
  /**
   * A LoRA adapter of the model, in PEFT's files, as a GGUF file, or trained here: it is merged into the weights that it
   * changes, which are then float32 in memory (float64 where `precision` is that). See {@link AdapterSource}.
   */
  readonly adapter?: AdapterSource;
  /**
   * LoRA adapters by name, held beside the weights, which stay as they are, quantised ones too: `generate(prompt, { adapter:
   * "poet" })` computes with one of them, and without that it is the model alone, to the bit. See `Gemma.useAdapter`.
   */
  readonly adapters?: Readonly<Record<string, AdapterSource>>;
  /** What the embedding is scaled by; see `ModelOptions`. */
  readonly embedScale?: "exact" | "bfloat16";
  /**
   * Resolve as soon as all is checked that can be checked without reading the weights: the first
   * prompt waits for those that it needs, and `model.arrived` says when all are there. See `ModelOptions`. Default false.
   */
  readonly background?: boolean;
  /** Stops the loading, in the background too. */
  readonly signal?: AbortSignal;
  /** Hears of a download, if there is one, and then of the loading. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Hears of what is probably not meant: files that contradict each other, and, as long as the model lives, a
   * prompt with two BOS. Default: nobody does.
   */
  readonly onWarning?: OnWarning;
}

const GEMMA_NAMES: OptionNames<GemmaOptions> = {
  backend: true,
  precision: true,
  threads: true,
  activations: true,
  workerUrl: true,
  adapter: true,
  adapters: true,
  embedScale: true,
  background: "boolean",
  signal: true,
  onProgress: "function",
  onWarning: "function",
};

const refuse = refusals("Gemma.load");

/** What a facade is made of. */
export interface Loaded {
  readonly checkpoint: Checkpoint;
  readonly model: Model<Handles>;
  readonly tokenizer: Tokenizer | undefined;
  /** How it is asked in a chat, or the error of those who try. */
  readonly chatFormat: ChatFormat | UnsupportedError;
  readonly onWarning: OnWarning;
  /** Ends the loading that is still going on in the background. */
  readonly stop: AbortController;
  /** Whether the backend was made here, and so ends with the facade. */
  readonly ownsBackend: boolean;
}

/** See `Gemma.load`. */
export async function load(source: GemmaSource, options: GemmaOptions): Promise<Loaded> {
  const op = "Gemma.load";
  assertOptions(op, options, GEMMA_NAMES);
  const { embedScale, background, signal, onProgress, onWarning = () => {} } = options;
  assertOneOf("Gemma.load", "embedScale", embedScale, ["exact", "bfloat16"]);
  // What "auto" is depends on the weights; all else is refused before anything is downloaded.
  const isAuto = options.backend === "auto";
  if (isAuto) assertBackendOptions("Gemma.load", "auto", namedOptions(options));
  let backend = isAuto ? undefined : await backendOf(options);
  const ownsBackend = isAuto || backend !== options.backend;
  let checkpoint: Checkpoint | undefined;
  try {
    checkpoint = await open(source, options);
    const { name, config } = checkpoint;
    backend ??= await backendOf(options, checkpoint.tensors.values());
    const { adapter, adapters } = options;
    const held =
      adapters === undefined
        ? undefined
        : await (await loadAdapter()).openAdapters(op, adapters, config, signal);
    const { precision } = backend.info;
    const tensors =
      adapter === undefined
        ? checkpoint.tensors
        : await adapted(checkpoint, adapter, precision, signal);
    for (const message of checkpoint.warnings ?? []) {
      onWarning({ kind: "checkpoint", message: `${name}: ${message}` });
    }
    const tokenizer = tokenizerOf(checkpoint);
    const chatFormat = tokenizer ? await chooseChatFormat(checkpoint, tokenizer) : GEMMA_CHAT;
    const paddingIds = await zeroRows(tensors, nameless(config, tokenizer), signal);
    const stop = new AbortController();
    const either = eitherSignal(signal, stop.signal);
    const loading = Model.load({
      config,
      tensors,
      backend,
      embedScale,
      background,
      paddingIds,
      name,
      signal: either.signal,
      onProgress,
    });
    loading.then(({ arrived }) => arrived).then(either.release, either.release);
    const model = await loading;
    try {
      for (const [name, one] of held ?? []) {
        await (await loadAdapter()).holdAdapter(model, name, one, signal);
      }
    } catch (error) {
      stop.abort(error);
      await model.arrived.catch(() => {});
      model.dispose();
      throw error;
    }
    const untied = untiedWarning(checkpoint, model.config);
    if (untied) onWarning({ kind: "checkpoint", message: `${name}: ${untied}` });
    return { checkpoint, model, tokenizer, chatFormat, onWarning, stop, ownsBackend };
  } catch (error) {
    // The first failure is the one to report.
    if (checkpoint !== source) await checkpoint?.close().catch(() => {});
    if (ownsBackend) backend?.dispose();
    throw error;
  }
}

/** What reads and merges adapters is fetched by those that have one: a page may do without it. */
const loadAdapter = () => import("./load-adapter.ts");

async function adapted(
  checkpoint: Checkpoint,
  adapter: AdapterSource,
  precision: PrecisionName,
  signal: AbortSignal | undefined,
): Promise<Checkpoint["tensors"]> {
  return (await loadAdapter()).withAdapter("Gemma.load", checkpoint, adapter, precision, signal);
}

function namedOptions(options: GemmaOptions): NamedBackendOptions {
  const { precision, threads, activations, workerUrl, onWarning } = options;
  return { precision, threads, activations, workerUrl, onWarning };
}

async function backendOf(
  options: GemmaOptions,
  weights?: Iterable<PlannedWeight>,
): Promise<Backend> {
  const { precision, threads, activations, workerUrl, backend } = options;
  const named = namedOptions(options);
  if (backend === undefined) return defaultBackend("Gemma.load", named);
  if (typeof backend === "string") return makeBackend("Gemma.load", backend, named, weights);
  if (typeof backend?.info !== "object" || backend.info === null) {
    throw refuse.argument("backend", "the name of a backend, or a Backend", brief(backend));
  }
  if (precision !== undefined && precision !== backend.info.precision) {
    throw refuse.argument("precision", `${backend.info.precision}, the backend's own`, precision);
  }
  for (const [name, value] of Object.entries({ threads, activations, workerUrl })) {
    if (value === undefined) continue;
    const hint = "give it to the function that makes the backend";
    throw refuse.argument(name, "the name of a backend beside it", brief(value), hint);
  }
  return backend;
}

async function open(
  source: GemmaSource,
  { signal, onProgress }: GemmaOptions,
): Promise<Checkpoint> {
  if (typeof source === "string" || source instanceof URL) {
    // Only here is Node needed, so only here is it asked for: the package root runs in a browser.
    const { openPath } = await import("./node/open-path.ts");
    return openCheckpoint(await openPath(`${source}`, { signal, onProgress }, "Gemma.load"), {
      signal,
    });
  }
  if (typeof source === "object" && source !== null && "tensors" in source) return source;
  const found = folderOrFile(source);
  if (found) return openCheckpoint(found, { signal });
  const expected = "a path or URL, a File, bytes, a Folder, a ByteSource, or an open checkpoint";
  const hint = isOptions(source)
    ? "the path comes first: Gemma.load(path, options)"
    : "filesFolder makes a Folder of several files";
  throw refuse.argument("source", expected, brief(source), hint);
}

/** Ids that the model has and the tokenizer has no piece for. */
function nameless({ vocabSize: V }: GemmaConfig, tokenizer: Tokenizer | undefined): number[] {
  if (!tokenizer) return [];
  const { types, model } = tokenizer.vocabulary;
  const ids: number[] = [];
  for (let id = 0; id < V; id++) {
    const isKnown = id < types.length;
    // By numbers first: there are a quarter of a million.
    if (isKnown && types[id] !== PieceType.UNUSED) continue;
    if (!isKnown || isPlaceholder(model.pieces[id], id)) ids.push(id);
  }
  return ids;
}

/** Whether a source looks as if its path were one of the options: its members are texts, not files. */
function isOptions(source: unknown): boolean {
  return (
    typeof source === "object" &&
    source !== null &&
    Object.values(source).some((value) => typeof value === "string")
  );
}

/** The tokenizer, if it can be this model's: the config may count padding as vocabulary. */
export function tokenizerOf({ config, tokenizer: file }: Checkpoint): Tokenizer | undefined {
  if (!file) return undefined;
  const tokenizer = new Tokenizer(file.model(), file.name);
  const hint = "tokenizer and weights are of different models; get both from one place";
  const refuse = refusals("Gemma.load", file.name, { format: hint });
  const { vocabSize: V, bosTokenId } = config;
  const { vocabSize: pieces, bosId } = tokenizer;
  const least = V - maxPadding(V);
  if (pieces > V || pieces < least) {
    const expected = `${least} to ${V} pieces, as the config's vocab_size is ${V}`;
    throw refuse.format("pieces", expected, pieces);
  }
  // A fine-tune may begin its texts with a token that was added, and that the tokenizer may not even know.
  const type: number | undefined = tokenizer.vocabulary.types[bosTokenId];
  const isAdded = type === undefined || type === PieceType.USER_DEFINED;
  if (bosId >= 0 && bosId !== bosTokenId && !isAdded) {
    const got = `id ${bosId}; ${bosTokenId} is ${brief(tokenizer.piece(bosTokenId))}`;
    throw refuse.format("<bos>", `id ${bosTokenId}, as the config's bos_token_id says`, got);
  }
  return tokenizer;
}
