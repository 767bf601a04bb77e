/**
 * The sources of `train`, and how they are mixed, as they are written on a command line.
 * @module
 */
import { basename } from "node:path";
import type { MixtureStage } from "../../training/data/mixture/stages.ts";
import { UsageError } from "../command.ts";

/** A source that is asked for: `NAME=FILE`, `FILE:MEMBER`, or a file alone. */
export interface AskedSource {
  readonly name: string;
  readonly file: string;
  /** The array of an archive. */
  readonly member?: string;
}

/** `stories=corpus.npz:stories.train`. A name is that of the member, or of the file without its ending, unless it is given. */
export function askedSources(arguments_: readonly string[]): AskedSource[] {
  const sources = arguments_.map((argument): AskedSource => {
    const [, given, path] = /^(?:([\w.-]+)=)?(.*)$/s.exec(argument) as RegExpExecArray;
    const [, file, member] = /^(.*\.npz)(?::([^/\\]+))?$/i.exec(path) ?? [undefined, path];
    const name = given ?? member ?? basename(file).replace(/\.\w+$/, "");
    return { name, file, ...(member !== undefined && { member }) };
  });
  const twice = sources.find(({ name }, i) => sources.findIndex((s) => s.name === name) < i);
  if (!twice) return sources;
  throw new UsageError(`two sources are called ${twice.name}; write NAME=${twice.file}`);
}

const FORM = "FROM:NAME=WEIGHT,NAME=WEIGHT, such as 0:stories=8,facts=2";

/** The stages of a mixture: `stories=8,facts=2`, or several, each with the share of the run from which on it holds, `0.8:facts=1`. */
export function mixtureStages(texts: readonly string[]): MixtureStage[] {
  return texts.map((text) => {
    const [, from = "0", list] = /^(?:([\d.]+):)?(.+)$/s.exec(text) ?? [];
    const weights = (list ?? "").split(",").map((part) => {
      const [, name, weight] = /^([^=]+)=([\d.]+(?:e-?\d+)?)$/.exec(part) ?? [];
      if (name === undefined) throw refusal(text);
      return [name, Number(weight)] as const;
    });
    if (!Number.isFinite(Number(from))) throw refusal(text);
    return { from: Number(from), weights: Object.fromEntries(weights) };
  });
}

function refusal(text: string): UsageError {
  return new UsageError(`--mixture expects ${FORM}, got ${JSON.stringify(text)}`);
}
