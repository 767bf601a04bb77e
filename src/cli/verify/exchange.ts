/**
 * `verify export` and `verify compare`: vectors as files, for engines that are run by hand, in a cluster, on a board.
 * @module
 */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { sortArrays } from "../../conformance/files/given-arrays.ts";
import { judgeVectors } from "../../conformance/files/own-numbers.ts";
import type { Report } from "../../conformance/run/result.ts";
import { openSuite, SUITE_FILES, type Suite } from "../../conformance/vectors/suite.ts";
import { refusals } from "../../errors.ts";
import { toHfConfig } from "../../hf-config.ts";
import { conformanceSuitePath } from "../../node/conformance-suite.ts";
import { openFolder } from "../../node/folder.ts";
import { systemError } from "../../node/system-error.ts";
import { assertFree, writeFolderAtomically } from "../../node/write-atomically.ts";
import type { FileStream } from "../../source/file-stream.ts";
import type { Io } from "../io.ts";
import { readArrayFiles } from "./files.ts";
import { accuracyOption, refusePrompt, refuseRunOptions, type VerifyValues } from "./options.ts";

/** Where an engine's outputs are looked for. */
const OUTPUTS = "outputs";

/** Writes the suite into `dir`, with its models as folders that any loader reads. */
export async function exportSuite(dir: string, values: VerifyValues, io: Io): Promise<number> {
  refusePrompt(values);
  await assertFree(dir);
  const suite = await openSuite(openFolder(conformanceSuitePath()));
  await writeFolderAtomically(dir, async (folder) => {
    for (const file of Object.values(SUITE_FILES)) {
      await copyFile(join(conformanceSuitePath(), file), join(folder, file));
    }
    for (const { name, config, tensors } of suite.models.values()) {
      const model = join("models", name);
      await put(folder, join(model, "config.json"), json(toHfConfig(config, "float32")));
      await put(
        folder,
        join(model, "model.safetensors"),
        writeSafetensors(tensors, { type: "F32" }),
      );
    }
    await put(folder, "prompts.json", json(promptsOf(suite)));
    await put(folder, join(OUTPUTS, "README.md"), text(howToAnswer(io.program, dir)));
  });
  const report = { dir, vectors: suite.vectors.length, models: [...suite.models.keys()] };
  await io.stdout.write(
    values.json
      ? `${JSON.stringify(report)}\n`
      : `${dir}: ${report.vectors} vectors on ${report.models.join(", ")}\n` +
          `next: run your engine on ${join(dir, "prompts.json")}, put what it gives into ` +
          `${join(dir, OUTPUTS)}, and ${io.program} verify compare ${dir}\n`,
  );
  return 0;
}

/** Judges what lies in `outputs` of `dir`. */
export async function compareFolder(dir: string, values: VerifyValues, io: Io): Promise<Report> {
  refusePrompt(values);
  refuseRunOptions(values);
  const paths = await outputFiles(dir);
  const chosen = accuracyOption(values.accuracy);
  const { groups, accuracy } = sortArrays(await readArrayFiles(paths), dir, chosen);
  const own = {
    groups,
    accuracy: chosen ?? accuracy ?? "float32",
    testee: { name: dir },
    signal: io.signal,
  };
  return judgeVectors(own, await openSuite(openFolder(dir)));
}

async function outputFiles(dir: string): Promise<string[]> {
  const folder = join(dir, OUTPUTS);
  const refuse = refusals("verify compare", dir);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw systemError(refuse, `a folder ${OUTPUTS} in it`, error);
  }
  const files = names.filter((name) => /\.(npz|npy|safetensors|json)$/i.test(name)).sort();
  if (files.length > 0) return files.map((file) => join(folder, file));
  const hint = `${join(folder, "README.md")} says how to write them`;
  throw refuse.source(
    OUTPUTS,
    "files of arrays: .npz, .safetensors or .json",
    "no such file",
    hint,
  );
}

/** The vectors that are a prompt from its beginning, as the simplest engine can run them. */
function promptsOf({ vectors }: Suite) {
  return Object.fromEntries(
    vectors.flatMap((vector) => {
      if (vector.kind !== "forward" || vector.feeds.length > 1) return [];
      const [{ ids, pos }] = vector.feeds;
      const { id, model, taps, note } = vector;
      return pos === 0 ? [[id, { model: `models/${model}`, ids, taps, note }]] : [];
    }),
  );
}

function howToAnswer(program: string, dir: string): string {
  return `# What your engine gave

Put any number of files here, .npz, .safetensors or .json, with arrays that are named by vector and output:

    t1.mqa.taps/logits                    [11, 130], or the last row of it
    t1.mqa.taps/blocks.0.attn.hook_rot_q  or, as Google's code is traced, t1.mqa.taps/layers.0.attn_norm
    t0.rope.first/out                     of an operator by itself; its inputs lie in ../inputs.safetensors

../prompts.json lists the prompts with their models; ../manifest.json all vectors, also those of several steps, of
which the outputs of the last are compared. Give as much as you have: logits alone tell whether an engine is right,
intermediates tell where it goes wrong. Then

    ${program} verify compare ${dir}
`;
}

async function put(folder: string, file: string, content: Uint8Array | FileStream): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "chunks" in content ? content.chunks() : content);
}

function json(value: unknown): Uint8Array {
  return text(`${JSON.stringify(value, undefined, 2)}\n`);
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
