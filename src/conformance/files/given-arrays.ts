/**
 * What the names of a testee's arrays say: which prompt or vector they belong to, which output they are, and in
 * which class.
 *
 *     logits                             the logits of the one prompt there is
 *     prompt-7.logits.f32                those of the prompt "prompt-7", float32
 *     trace.layers.0.attn_norm.f64       an intermediate, as the goldens call it
 *     t1.mqa.taps/blocks.0.attn.hook_q   an output of a vector of the suite
 *     t0.rope.first/out                  the output of an operator of the suite
 *
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { tapNamed } from "../../model/tap-aliases.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** The arrays of one prompt or vector. */
export interface Group {
  /** Empty where names have no prefix. */
  readonly name: string;
  readonly ids?: readonly number[];
  /** By tap name, or as an operator vector calls them. */
  readonly outputs: ReadonlyMap<string, NdArray>;
}

/** What a name says. */
export interface Parsed {
  readonly group: string;
  readonly output: string;
  readonly accuracy: Accuracy | undefined;
}

/** Arrays, as their names sort them. */
export interface GivenArrays {
  readonly groups: readonly Group[];
  /** The class that the names say, if they say one. */
  readonly accuracy: Accuracy | undefined;
}

const ENDINGS: Readonly<Record<string, Accuracy>> = {
  f64: "float64",
  f32: "float32",
  f16: "float16",
  bf16: "bfloat16",
};

/**
 * Sorts arrays by prompt or vector.
 * @param accuracy the class to take, where an archive has several.
 * @throws {FormatError} if no array has a name that says what it is, or an output is there in several classes.
 */
export function sortArrays(
  arrays: ReadonlyMap<string, NdArray>,
  file: string,
  accuracy?: Accuracy,
): GivenArrays {
  const parsed = [...arrays].flatMap(([name, array]) => {
    const said = parseName(name);
    return said ? [{ ...said, array }] : [];
  });
  const outputs = parsed.filter(({ output }) => output !== "ids");
  if (outputs.length === 0) throw nothingKnown(arrays, file);
  const classes = new Set(outputs.flatMap(({ accuracy }) => accuracy ?? []));
  const taken = classes.size > 1 ? accuracy : [...classes][0];
  if (classes.size > 1 && (taken === undefined || !classes.has(taken))) {
    const hint = `choose one: --accuracy ${[...classes].join(" or ")}`;
    const expected = "outputs in one class";
    throw refusals("verify", file).format(undefined, expected, [...classes].join(", "), hint);
  }
  const groups = new Map<string, { ids?: number[]; outputs: Map<string, NdArray> }>();
  for (const { group, output, array, accuracy: said } of parsed) {
    if (!groups.has(group)) groups.set(group, { outputs: new Map() });
    const found = groups.get(group) as { ids?: number[]; outputs: Map<string, NdArray> };
    if (output === "ids") found.ids = Array.from(array.data);
    else if (said === undefined || said === taken) found.outputs.set(output, array);
  }
  const { ids } = groups.get("") ?? {};
  const given = [...groups].filter(([, { outputs }]) => outputs.size > 0);
  return {
    groups: given.map(([name, rest]) => ({ name, ...(ids && { ids }), ...rest })),
    accuracy: taken,
  };
}

function nothingKnown(arrays: ReadonlyMap<string, NdArray>, file: string) {
  const names = [...arrays.keys()].slice(0, 6).map((name) => brief(name));
  const expected =
    'arrays with names such as "logits", "blocks.0.attn.hook_q" or "layers.0.attn_norm"';
  const hint = "docs/testing-an-engine.md lists the names";
  const got = names.length > 0 ? names.join(", ") : "no arrays";
  return refusals("verify", file).format(undefined, expected, got, hint);
}

/** What `name` says; undefined if nothing of that name is compared. */
export function parseName(name: string): Parsed | undefined {
  const [, ending] = /\.(f64|f32|f16|bf16)$/i.exec(name) ?? [];
  const accuracy = ending === undefined ? undefined : ENDINGS[ending.toLowerCase()];
  const bare = ending === undefined ? name : name.slice(0, -ending.length - 1);
  const slash = bare.lastIndexOf("/");
  if (slash >= 0) {
    const output = outputNamed(bare.slice(slash + 1));
    return output === undefined ? undefined : { group: bare.slice(0, slash), output, accuracy };
  }
  // The longest ending that is a name: `prompt-7.layers.0.attn_norm`.
  let begin = 0;
  do {
    const output = outputNamed(bare.slice(begin));
    if (output !== undefined && !OP_OUTPUTS.includes(output)) {
      const group = bare.slice(0, Math.max(0, begin - 1)).replace(/(^|\.)trace$/, "");
      return { group, output, accuracy };
    }
    begin = bare.indexOf(".", begin) + 1;
  } while (begin > 0);
  return undefined;
}

const OP_OUTPUTS = ["out", "scores", "pattern"];

function outputNamed(name: string): string | undefined {
  if (name === "ids" || OP_OUTPUTS.includes(name)) return name;
  return tapNamed(name);
}
