/**
 * `verify FILE…`: numbers that an engine has written, of vectors of the suite or of prompts of one's own.
 * @module
 */
import { basename } from "node:path";
import { readNpz } from "../../checkpoint/numpy/npz.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { type Group, sortArrays } from "../../conformance/files/given-arrays.ts";
import {
  judgePrompts,
  judgeVectors,
  type OwnNumbers,
} from "../../conformance/files/own-numbers.ts";
import type { Report } from "../../conformance/run/result.ts";
import { openSuite } from "../../conformance/vectors/suite.ts";
import { conformanceSuitePath } from "../../node/conformance-suite.ts";
import { openFolder } from "../../node/folder.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { readAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { idsOption, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import { readArrayFiles } from "./files.ts";
import { accuracyOption, refuseRunOptions, type VerifyValues } from "./options.ts";

/** Judges the arrays in `paths`. */
export async function verifyFiles(
  paths: readonly string[],
  values: VerifyValues,
  io: Io,
): Promise<Report> {
  refuseRunOptions(values);
  const chosen = accuracyOption(values.accuracy);
  const file = paths.map((path) => basename(path)).join(", ");
  const { groups, accuracy } = sortArrays(await readArrayFiles(paths), file, chosen);
  const own: OwnNumbers = {
    groups,
    accuracy: chosen ?? accuracy ?? "float32",
    testee: { name: file },
    signal: io.signal,
  };
  const suite = await openSuite(openFolder(conformanceSuitePath()));
  const isVector = ({ name }: Group) => suite.vectors.some(({ id }) => id === name);
  if (groups.some(isVector)) {
    const given = (["model", "ids"] as const).find((option) => values[option] !== undefined);
    if (given) throw new UsageError(`--${given} is about prompts; these arrays are of the suite`);
    return judgeVectors(own, suite);
  }
  const source = await openSource(values.model ?? tinyModelPath(), io, { download: true });
  const checkpoint = await openCheckpoint(source, { signal: io.signal });
  try {
    const ids = idsOption("ids", values.ids);
    const known = await Promise.all(groups.map((group) => withIds(group, ids, source)));
    const { name, config, tensors } = checkpoint;
    return await judgePrompts({ ...own, groups: known }, { name: basename(name), config, tensors });
  } finally {
    await checkpoint.close();
  }
}

/**
 * The ids of a prompt: its own, those of the option, or those of the golden beside the model that is called as the
 * prompt (`prompt-7.npz`).
 */
async function withIds(
  group: Group,
  ids: readonly number[] | undefined,
  source: Folder | ByteSource,
): Promise<Group> {
  const found = ids ?? group.ids ?? (await idsBeside(group.name, source));
  return found ? { ...group, ids: found } : group;
}

async function idsBeside(
  prompt: string,
  source: Folder | ByteSource,
): Promise<number[] | undefined> {
  if (prompt === "" || !("open" in source) || /[/\\]/.test(prompt)) return undefined;
  const golden = await source.open(`${prompt}.npz`);
  if (!golden) return undefined;
  try {
    const ids = readNpz(await readAll(golden), `${prompt}.npz`).get("ids");
    return ids && Array.from(ids.data);
  } finally {
    await golden.close?.();
  }
}
