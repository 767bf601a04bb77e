/**
 * The suite as it is shipped: a manifest, the inputs of operators and the expected outputs in safetensors, beside
 * each other in a folder. Models are made from their seeds.
 * @module
 */
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { fromHfConfig } from "../../hf-config.ts";
import type { Folder } from "../../source/folder.ts";
import { parseJsonObject } from "../../source/json.ts";
import type { RowSource } from "../../tensor/stored.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { readSafetensorsArrays } from "../arrays/safetensors.ts";
import { type SeededTensor, seededTensors } from "./nano.ts";
import { readSuiteFile, sha256 } from "./suite-file.ts";
import type { Vector } from "./vector.ts";

/** The files of a suite. */
export const SUITE_FILES = {
  manifest: "manifest.json",
  inputs: "inputs.safetensors",
  expected: "expected.safetensors",
} as const;

/** A model that vectors run on. */
export interface SuiteModel {
  /** Its name, by which vectors ask for it. */
  readonly name: string;
  /** Its shapes. */
  readonly config: GemmaConfig;
  /** By Hugging Face's names. */
  readonly tensors: ReadonlyMap<string, RowSource>;
  /** The folder that it lies in, if it lies in one: a process that is tested reads it there. */
  readonly path?: string;
}

/** Vectors, with all that belongs to them. */
export interface Suite {
  /** `2026.11`: year and month. */
  readonly version: string;
  /** SHA-256 of the manifest, which holds those of the other files. */
  readonly digest: string;
  /** The small models, by name. */
  readonly models: ReadonlyMap<string, SuiteModel>;
  /** What is asked. */
  readonly vectors: readonly Vector[];
  /** Inputs by the names that operator vectors give them. */
  readonly inputs: ReadonlyMap<string, NdArray>;
  /** Expected outputs: `<vector id>/<tap>`. */
  readonly expected: ReadonlyMap<string, NdArray>;
}

/** The manifest's JSON. */
export interface Manifest {
  readonly format: "gemma-reference-conformance";
  readonly protocol: 1;
  readonly version: string;
  /** SHA-256 of the other files. */
  readonly files: Readonly<Record<string, string>>;
  readonly models: Readonly<
    Record<
      string,
      {
        readonly note: string;
        /** As in Hugging Face's config.json. */
        readonly config: Readonly<Record<string, unknown>>;
        readonly tensors: readonly SeededTensor[];
        /** SHA-256 of the bytes that all tensors are made of. */
        readonly sha256: string;
      }
    >
  >;
  readonly vectors: readonly Vector[];
}

const op = "openSuite";

/**
 * The suite in `folder`.
 * @throws {FormatError} if a file is missing or is not the one that the manifest was made with.
 */
export async function openSuite(folder: Folder): Promise<Suite> {
  const bytes = await Promise.all(
    Object.values(SUITE_FILES).map((file) => readSuiteFile(op, folder, file)),
  );
  const [manifestBytes, inputs, expected] = bytes;
  const manifest = parseManifest(manifestBytes, folder.name);
  for (const [i, file] of [SUITE_FILES.inputs, SUITE_FILES.expected].entries()) {
    const found = await sha256(bytes[i + 1]);
    if (found === manifest.files[file]) continue;
    const hint = "the files of a suite belong together; install the package again";
    throw refusals(op, `${folder.name}/${file}`).format(
      "SHA-256",
      brief(manifest.files[file]),
      found,
      hint,
    );
  }
  const models = Object.entries(manifest.models).map(([name, { config, tensors }]) => {
    const model = { name, config: fromHfConfig(config), tensors: seededTensors(tensors) };
    return [name, model] as const;
  });
  return {
    version: manifest.version,
    digest: await sha256(manifestBytes),
    models: new Map(models),
    vectors: manifest.vectors,
    inputs: readSafetensorsArrays(inputs, SUITE_FILES.inputs),
    expected: readSafetensorsArrays(expected, SUITE_FILES.expected),
  };
}

function parseManifest(bytes: Uint8Array, folder: string): Manifest {
  const file = `${folder}/${SUITE_FILES.manifest}`;
  const manifest = parseJsonObject(bytes, op, file) as unknown as Manifest;
  const refuse = refusals(op, file);
  if (manifest.format !== "gemma-reference-conformance") {
    throw refuse.format("format", '"gemma-reference-conformance"', brief(manifest.format));
  }
  if (manifest.protocol === 1) return manifest;
  const hint = "a newer gemma-reference reads it";
  throw refuse.unsupported("protocol", "1", brief(manifest.protocol), hint);
}

/** Taps of a vector that has been run, with the truth of each. */
export function expectedOf(suite: Suite, { id, taps }: Vector): Map<string, NdArray> {
  return new Map(taps.map((tap) => [tap, suite.expected.get(`${id}/${tap}`) as NdArray]));
}
