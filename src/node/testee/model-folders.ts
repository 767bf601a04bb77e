/**
 * Models and tokenizers of the suite on disk, where any program can read them.
 * @module
 */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SafetensorsType } from "../../checkpoint/encode/encode.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import type { WeightsType } from "../../conformance/protocol/messages.ts";
import type { SuiteModel } from "../../conformance/vectors/suite.ts";
import { refusals } from "../../errors.ts";
import { toHfConfig } from "../../hf-config.ts";
import { systemError } from "../system-error.ts";
import { atExit } from "./at-exit.ts";

const TYPES: Readonly<Record<WeightsType, SafetensorsType>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
};

/**
 * Folders as on Hugging Face, one for each model, and tokenizers as files. They are there until they are removed, or
 * this process ends.
 */
export class ModelFolders {
  #root: string | undefined;
  #forget: () => void = () => {};
  readonly #paths = new Map<string, string>();
  readonly #files = new Map<Uint8Array, string>();

  /** The path of the folder of `model`, with its weights in `type`. It is written when it is asked for first. */
  async pathOf(model: SuiteModel, type: WeightsType): Promise<string> {
    const key = `${model.name} ${type}`;
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    try {
      const name = model.name.replace(/[^\w.-]/g, "_");
      const path = join(await this.#made(), `${this.#paths.size}-${name}`);
      await mkdir(path);
      const config = JSON.stringify(toHfConfig(model.config, type), undefined, 2);
      await writeFile(join(path, "config.json"), `${config}\n`);
      const weights = writeSafetensors(model.tensors, { type: TYPES[type] });
      await writeFile(join(path, "model.safetensors"), weights.chunks());
      this.#paths.set(key, path);
      return path;
    } catch (error) {
      throw systemError(refusals("load", tmpdir()), "a folder for the model", error);
    }
  }

  /** The path of a file with these bytes. It is written when it is asked for first. */
  async pathOfFile(bytes: Uint8Array): Promise<string> {
    const known = this.#files.get(bytes);
    if (known !== undefined) return known;
    try {
      const path = join(await this.#made(), `tokenizer-${this.#files.size}.model`);
      await writeFile(path, bytes);
      this.#files.set(bytes, path);
      return path;
    } catch (error) {
      throw systemError(refusals("load", tmpdir()), "a file for the tokenizer", error);
    }
  }

  async remove(): Promise<void> {
    const root = this.#root;
    this.#root = undefined;
    this.#paths.clear();
    this.#files.clear();
    if (root !== undefined) await rm(root, { recursive: true, force: true });
    this.#forget();
  }

  async #made(): Promise<string> {
    if (this.#root === undefined) {
      const root = await mkdtemp(join(tmpdir(), "gemma-conformance-"));
      this.#root = root;
      this.#forget = atExit(() => rmSync(root, { recursive: true, force: true }));
    }
    return this.#root;
  }
}
