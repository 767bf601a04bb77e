/**
 * How a text is cut, merge by merge, and the row of the table that a token becomes.
 * @module
 */
import { mergeSteps } from "../../../../../src/tokenizer/merge-steps.ts";
import { PieceType } from "../../../../../src/tokenizer/model-proto.ts";
import type { Vocabulary } from "../../../../../src/tokenizer/vocabulary.ts";
import { tokenOf } from "../../answers/lens-rows.ts";
import { lengthOf, productsOf, rowOf, sumOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import { WINDOW } from "../../messages.ts";
import { namedIn } from "./character-names.ts";
import type { Block, Joint, Tokenizer, TokenizerQuestion } from "./question.ts";

/** So many rows that are like the chosen one. */
const NEAR = 6;

export async function tokenizerOf(
  subject: Subject,
  { prompt, pos }: TokenizerQuestion["ask"],
): Promise<Tokenizer> {
  const { tokens } = await subject.run(prompt);
  const vocabulary = subject.gemma.tokenizer?.vocabulary;
  if (!vocabulary) throw new Error("the model came without a tokenizer");
  const { blocks, merges } = blocksOf(subject, vocabulary, prompt);
  const here = blocks.findIndex(({ first, tokens }) => pos < first + tokens.length);
  const begin = Math.floor(Math.max(0, here) / WINDOW) * WINDOW;
  const window = blocks.slice(begin, begin + WINDOW);
  const last = window[window.length - 1];
  const { id } = tokens[pos];
  const { types, reserved } = vocabulary;
  const isTyped = (at: number) => types[at] === PieceType.USER_DEFINED;
  const typed = tokens.filter(({ id: at, piece }) => isTyped(at) && /[^▁\s]/.test(piece));
  return {
    prompt,
    pos,
    blocks: window,
    from: window[0]?.first ?? 1,
    to: last ? last.first + last.tokens.length : 1,
    tokens: tokens.length,
    characters: [...prompt].length,
    merges,
    hasBytes: blocks.some(({ kind }) => kind === "bytes"),
    named: namedIn(prompt),
    typed: [...new Map(typed.map((token) => [token.id, token])).values()],
    mere: [...reserved.keys()].filter((name) => prompt.includes(name)),
    token: tokens[pos],
    row: rowOf(subject.table, id),
    near: nearestTo(subject, id),
  };
}

/** All blocks of a text: a tree grows with each merge. */
function blocksOf(
  subject: Subject,
  vocabulary: Vocabulary,
  prompt: string,
): { blocks: Block[]; merges: number } {
  const { steps, partsAfter, tokens } = mergeSteps(vocabulary, prompt);
  const parts = partsAfter(0).map((text) => ({
    ...{ length: text.length, leaves: [text], joints: [] as Joint[] },
  }));
  for (const [i, { at, piece, id, score, rank }] of steps.entries()) {
    const [a, b] = [parts[at], parts[at + 1]];
    const leaves = [...a.leaves, ...b.leaves];
    // In the new block the joints of both come behind the leaves of both.
    const moved = (node: number, of: typeof a, leavesBefore: number, jointsBefore: number) =>
      node < of.leaves.length
        ? node + leavesBefore
        : node - of.leaves.length + leaves.length + jointsBefore;
    const inNew = (of: typeof a, leavesBefore: number, jointsBefore: number) =>
      of.joints.map((joint) => ({
        ...joint,
        left: moved(joint.left, of, leavesBefore, jointsBefore),
        right: moved(joint.right, of, leavesBefore, jointsBefore),
      }));
    const root = (of: typeof a) => of.leaves.length + of.joints.length - 1;
    const joint: Joint = {
      ...{ number: i + 1, piece, id, score, rank },
      left: moved(root(a), a, 0, 0),
      right: moved(root(b), b, a.leaves.length, a.joints.length),
    };
    const joints = [...inNew(a, 0, 0), ...inNew(b, a.leaves.length, a.joints.length), joint];
    parts.splice(at, 2, { length: a.length + b.length, leaves, joints });
  }

  let begin = 0;
  let first = 1; // behind <bos>
  let next = 0;
  const blocks = parts.map(({ length, leaves, joints }): Block => {
    const end = begin + length;
    const own: Block["tokens"][number][] = [];
    for (; next < tokens.length && tokens[next].begin < end; next++) {
      own.push(tokenOf(subject, tokens[next].id));
    }
    const type = vocabulary.types[own[0]?.id ?? vocabulary.unkId];
    const block: Block = {
      ...{ first, tokens: own, leaves, joints },
      kind: type === PieceType.BYTE ? "bytes" : type === PieceType.USER_DEFINED ? "whole" : "piece",
    };
    begin = end;
    first += own.length;
    return block;
  });
  return { blocks, merges: steps.length };
}

/** By the cosine of the angle between their rows, whatever their lengths. */
function nearestTo(subject: Subject, id: number): Tokenizer["near"] {
  const { table } = subject;
  const row = rowOf(table, id);
  const length = lengthOf(row);
  const cosines = Float64Array.from({ length: table.shape[0] }, (_, of) => {
    const other = rowOf(table, of);
    return sumOf(productsOf(row, other)) / (length * lengthOf(other) || 1);
  });
  return [...cosines.keys()]
    .filter((of) => of !== id)
    .sort((a, b) => cosines[b] - cosines[a])
    .slice(0, NEAR)
    .map((of) => ({ ...tokenOf(subject, of), cosine: cosines[of] }));
}
