/**
 * The patching of page 9: a vector of Sam's sentence in the place of Mira's, once for each place.
 * @module
 */
import { type Example, PROMPT } from "./example.ts";
import { answerIds, NAME, SAM_PROMPT } from "./she.ts";

/** “she” less “he” after each patch. */
export interface Patched {
  /** Without a patch. */
  readonly mira: number;
  readonly sam: number;
  /** What is patched in each row: the table's rows first, then the stream behind each block. */
  readonly names: readonly string[];
  /** A value for each position. */
  readonly rows: readonly (readonly number[])[];
}

const known = new WeakMap<Example, Promise<Patched>>();

/** Computed once. */
export function patchedOf(example: Example): Promise<Patched> {
  const found = known.get(example) ?? computed(example);
  known.set(example, found);
  return found;
}

async function computed(example: Example): Promise<Patched> {
  const gemma = await example.gemma();
  const { she, he } = answerIds(example);
  const pair = { clean: SAM_PROMPT, corrupted: PROMPT, metric: { correct: she, wrong: he } };
  // Only the name's row of the table differs, and nothing before the name: those runs would be Mira's own.
  const { length } = example.encode(PROMPT);
  const positions = Array.from({ length: length - NAME }, (_, i) => NAME + i);
  const start = await gemma.patchingSweep({
    ...pair,
    sites: "resid_pre",
    layers: 0,
    positions: NAME,
  });
  const behind = await gemma.patchingSweep({ ...pair, sites: "resid_post", positions });
  const { layers } = behind.sites.resid_post;
  const rowOf = ({ raw, columns }: typeof start.sites.resid_pre, row: number) => {
    const values = new Array<number>(length).fill(behind.corrupted);
    columns.forEach((position, c) => {
      values[position] = raw.get(row, c);
    });
    return values;
  };
  return {
    mira: behind.corrupted,
    sam: behind.clean,
    names: ["the table", ...layers.map((layer) => `after block ${layer}`)],
    rows: [
      rowOf(start.sites.resid_pre, 0),
      ...layers.map((_, row) => rowOf(behind.sites.resid_post, row)),
    ],
  };
}
