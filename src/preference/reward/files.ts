/**
 * A reward model as Hugging Face's `GemmaForSequenceClassification` has it, so that `AutoModelForSequenceClassification` reads what is
 * written here, and what TRL's `RewardTrainer` saves is read here:
 *
 *     config.json          architectures ["GemmaForSequenceClassification"], num_labels 1 (id2label of one), pad_token_id
 *     model.safetensors    model.*, and score.weight [1, D]; no lm_head
 *
 * transformers reads the reward at the last token that is not pad_token_id, here at the last token: the same as long as no answer ends
 * with padding. TRL's own template puts a newline behind `<end_of_turn>` and reads it there; here the turn's end is the last token.
 * @module
 */
import { brief } from "../../brief.ts";
import { hfFiles } from "../../checkpoint/beside/write.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { SafetensorsType } from "../../checkpoint/encode/encode.ts";
import { CONFIG, WEIGHTS } from "../../checkpoint/file-names.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { closeAll, readExactly } from "../../source/byte-source.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { assertSource, type Folder, type Source } from "../../source/folder.ts";
import { isObject, parseJsonObject } from "../../source/json.ts";
import { TRAINABLE_NAMES, type TrainableOptions } from "../../training/trainable.ts";
import { RewardModel } from "./reward-model.ts";
import { SCORE } from "./score.ts";

const ARCHITECTURE = "GemmaForSequenceClassification";
const OP = "openRewardModel";

/** Options of {@link rewardModelFiles}. */
export interface RewardModelFilesOptions {
  /**
   * How weights are stored. BF16 rounds the head, too, and with it each reward by some thousandths of its size. Default: as
   * they are.
   */
  readonly type?: SafetensorsType;
}

const FILES_NAMES: OptionNames<RewardModelFilesOptions> = { type: true };

/**
 * The files of a reward model, by name, the weights last.
 * @param checkpoint what it was made from: its tokenizer goes along.
 */
export function rewardModelFiles(
  model: RewardModel,
  checkpoint: Pick<Checkpoint, "name" | "config" | "tokenizer" | "chatTemplate">,
  options: RewardModelFilesOptions = {},
): Map<string, FileStream> {
  assertOptions("rewardModelFiles", options, FILES_NAMES);
  const { type } = options;
  const tensors = model.tensors();
  const { tieWordEmbeddings: _, ...config } = checkpoint.config; // there is no output projection
  const beside = hfFiles({ ...checkpoint, config, tensors, close: async () => {} }, type);
  const files = new Map([...beside].map(([name, bytes]) => [name, streamOf(bytes)]));
  files.set(CONFIG, streamOf(classified(beside.get(CONFIG) as Uint8Array)));
  return files.set(WEIGHTS, writeSafetensors(tensors, { type }));
}

/** The config of a model of text as that of a classifier with one label. */
function classified(bytes: Uint8Array): Uint8Array {
  const config = JSON.parse(new TextDecoder().decode(bytes)) as object;
  const labels = { num_labels: 1, id2label: { 0: "LABEL_0" }, label2id: { LABEL_0: 0 } };
  const json = JSON.stringify({ ...config, architectures: [ARCHITECTURE], ...labels }, null, 2);
  return new TextEncoder().encode(`${json}\n`);
}

function streamOf(bytes: Uint8Array): FileStream {
  return {
    size: bytes.length,
    async *chunks() {
      yield bytes;
    },
  };
}

/** A reward model that was read. */
export interface OpenRewardModel {
  /** With its head. */
  readonly model: RewardModel;
  /** Where it came from, with the tokenizer; to be closed. */
  readonly checkpoint: Checkpoint;
}

/**
 * Reads a reward model, which goes on learning where it stopped.
 * @param from its folder, as `rewardModelFiles` or transformers writes it, or any other form of a checkpoint.
 * @throws {FormatError} if it has no head, or one of several labels.
 */
export async function openRewardModel(
  from: Source,
  options: TrainableOptions = {},
): Promise<OpenRewardModel> {
  assertOptions(OP, options, TRAINABLE_NAMES);
  const source = assertSource(OP, from);
  if ("open" in source) await assertOneLabel(source, options.signal);
  const checkpoint = await openCheckpoint(source, { signal: options.signal });
  try {
    if (!checkpoint.tensors.has(SCORE)) throw noHead(checkpoint.name);
    return { model: await RewardModel.from(checkpoint, options), checkpoint };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

function noHead(file: string) {
  const hint = "this is a model of text; RewardModel.from begins a head on it, to be trained";
  const expected = "the head of a reward model, [1, D]";
  return refusals(OP, file).format(SCORE, expected, "no tensor of that name", hint);
}

/** @throws {FormatError} if config.json says that there are several labels; that it is damaged says whoever opens the model. */
async function assertOneLabel(folder: Folder, signal?: AbortSignal): Promise<void> {
  const file = await folder.open(CONFIG);
  if (!file) return;
  try {
    const bytes = await readExactly(OP, file, 0, file.size, signal);
    const { num_labels, id2label } = parseJsonObject(bytes, OP, file.name);
    const hint = "a reward is one number; a classifier of several labels has none";
    const refuse = refusals(OP, file.name);
    const named = isObject(id2label) ? Object.keys(id2label).length : undefined;
    if (num_labels !== undefined && num_labels !== null && num_labels !== 1) {
      throw refuse.format("num_labels", "1", brief(num_labels), hint);
    }
    if (named !== undefined && named !== 1) {
      throw refuse.format("id2label", "one label", `${named}`, hint);
    }
  } finally {
    await closeAll([file]);
  }
}
