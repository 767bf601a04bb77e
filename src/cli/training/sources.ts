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
    const [, from = "0", list] = /^(?:(-?[\d.]+(?:e-?\d+)?):)?(.+)$/s.exec(text) ?? [];
    const weights = (list ?? "").split(",").map((part) => {
      const [, name, weight] = /^([^=]+)=([\d.]+(?:e-?\d+)?)$/.exec(part) ?? [];
      if (name === undefined) throw refusal(text, weightHint(part));
      return [name, Number(weight)] as const;
    });
    if (!(Number(from) >= 0 && Number(from) < 1)) {
      throw refusal(text, "FROM is the share of the run that is over: from 0 to below 1");
    }
    const twice = weights.find(([name], i) => weights.findIndex(([other]) => other === name) < i);
    if (twice) throw refusal(text, `${twice[0]} has two weights`);
    return { from: Number(from), weights: Object.fromEntries(weights) };
  });
}

function weightHint(part: string): string | undefined {
  const [, name, weight] = /^([^=]+)=(.*)$/s.exec(part) ?? [];
  return name && `the weight of ${name} is a number, 0 or more, not ${JSON.stringify(weight)}`;
}

function refusal(text: string, hint?: string): UsageError {
  const why = hint === undefined ? "" : `; ${hint}`;
  return new UsageError(`--mixture expects ${FORM}, got ${JSON.stringify(text)}${why}`);
}
