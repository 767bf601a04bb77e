/**
 * Where the picture stands: how many merges of the whole text are done, and which of them can be seen.
 * @module
 */
import type { Block, Joint, Tokenizer } from "./question.ts";

/** What is done at a step; the last step may be that characters which are no piece fall into bytes. */
export interface Stand {
  /** Steps that change the picture, by their number in the whole text. */
  readonly steps: readonly number[];
  /** How many of these are done. */
  readonly done: number;
  /** The last that is done, unless all is done: that which the picture marks. */
  readonly current: number | undefined;
  /** Whether bytes have fallen apart. */
  readonly areBytes: boolean;
}

/** Steps of the whole text. */
export const lastStep = ({ merges, hasBytes }: Tokenizer): number => merges + (hasBytes ? 1 : 0);

/** @param step of the whole text; undefined is the end. */
export function standAt(shown: Tokenizer, step: number | undefined): Stand {
  const { blocks, merges } = shown;
  const steps = blocks.flatMap(({ joints }) => joints.map(({ number }) => number));
  if (blocks.some(({ kind }) => kind === "bytes")) steps.push(merges + 1);
  steps.sort((a, b) => a - b);
  const at = step ?? lastStep(shown);
  const done = steps.filter((number) => number <= at).length;
  return {
    steps,
    done,
    current: step === undefined || done === 0 ? undefined : steps[done - 1],
    areBytes: at > merges,
  };
}

/** The step of the whole text at which `done` steps of the window are done; undefined is the end. */
export function stepOf({ steps }: Stand, done: number): number | undefined {
  if (done >= steps.length) return undefined;
  return done <= 0 ? 0 : steps[done - 1];
}

export function jointAt(blocks: readonly Block[], number: number): [Block, Joint] | undefined {
  for (const block of blocks) {
    const joint = block.joints.find((one) => one.number === number);
    if (joint) return [block, joint];
  }
  return undefined;
}

/** The text of a node: what it joins, or the character itself. */
export function nodeText({ leaves, joints }: Block, node: number): string {
  return node < leaves.length ? leaves[node] : joints[node - leaves.length].piece;
}
