/** The conformance suite's known bugs, each as the function of a learner: all are named that one can have. */
import { describe, expect, it } from "vitest";
import type { Components } from "../../../src/backend/cpu/cpu.ts";
import type { Mutant } from "../../../src/conformance/mutants/mutant.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import { CHAT_MUTANTS } from "../../../src/conformance/text/chat-mutants.ts";
import { plannedChatIds } from "../../../src/conformance/text/chat-plan.ts";
import { ENCODE_MUTANTS } from "../../../src/conformance/text/encode-mutants.ts";
import type { Parts, Row, Rows } from "../../../src/exercises/parts.ts";
import { check } from "../../../src/exercises/run/check.ts";
import { choicesWith } from "../../../src/exercises/run/name-mistake.ts";
import { completed } from "../../../src/exercises/tasks/all.ts";
import { idsOf } from "../../../src/exercises/text.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { exerciseNamed, materials } from "../../support/exercises.ts";

const precision = float64;
const flat = (rows: Rows) => Float64Array.from(rows.flatMap((row) => [...row]));
const numbers = ({ data }: { data: ArrayLike<number> }): Row => Float64Array.from(data);

/** A component as a function of one row or one head. */
const AS_PART: {
  [C in "embed" | "rmsNorm" | "applyRope" | "attention" | "geglu"]: (
    component: Components[C],
  ) => Partial<Parts>;
} = {
  embed: (embed) => ({
    embed(id, table) {
      const D = table[0].length;
      const stored = { dtype: "float64", shape: [table.length, D], data: flat(table) } as const;
      return numbers(embed([id], stored, { scale: Math.sqrt(D), precision }));
    },
  }),
  rmsNorm: (rmsNorm) => ({
    rmsNorm(x, weight, eps) {
      const gain = tensor(weight, [x.length]);
      return numbers(rmsNorm(tensor(x, [1, x.length]), gain, { eps, normOffset: 1, precision }));
    },
  }),
  applyRope: (applyRope) => ({
    rope: (x, pos, theta) =>
      numbers(applyRope(tensor(x, [1, 1, x.length]), pos, { theta, precision })),
  }),
  attention: (attention) => ({
    attention(q, k, v, pos) {
      const H = q[0].length;
      const head = (rows: Rows) => tensor(flat(rows), [rows.length, 1, H]);
      const z = numbers(attention(head(q), head(k), head(v), { pos, precision }));
      return q.map((_, l) => z.slice(l * H, (l + 1) * H));
    },
  }),
  geglu: (geglu) => ({
    geglu(gate, up) {
      const one = (x: Row) => tensor(x, [1, x.length]);
      return numbers(geglu(one(gate), one(up), { precision }));
    },
  }),
};

/** The exercise of each component. */
const EXERCISE_OF = {
  ...{ embed: "embed", rmsNorm: "rmsnorm", applyRope: "rope" },
  ...{ attention: "attention", geglu: "geglu" },
} as const;

/** Bugs of the model that are the mistake of an exercise without being one of its component: exercise, knob, choice. */
const ELSEWHERE: Readonly<Record<string, readonly [string, string, string]>> = {
  "attention-head-modulo": ["kvhead", "map", "n mod K"],
  "embed-scaled-head": ["logits", "table", "times √D"],
  "structure-post-norm": ["block", "norms", "behind"],
  "structure-no-final-norm": ["logits", "norm", "none"],
  "structure-logit-cap-30": ["logits", "end", "capped at 30"],
  "structure-untied-head": ["logits", "table", "all zero"],
  "cache-stale-after-rewind": ["cache", "place", "the end"],
  "cache-chunk-restarts-position": ["cache", "position", "from 0 again"],
};

/** Bugs that no function of the road can have, and why. */
const NOBODYS: Readonly<Record<string, string>> = {
  "attention-scale-hidden": "the function does not know D",
  "rope-k-only": "which heads are turned is said by the model",
  "rope-q-only": "which heads are turned is said by the model",
  "rope-on-v": "which heads are turned is said by the model",
  "cache-plain-keys": "the cache is given keys, and does not know whether they were turned",
};

const OF_COMPONENTS = MUTANTS.filter(
  ({ id }) => !Object.hasOwn(ELSEWHERE, id) && !Object.hasOwn(NOBODYS, id),
);

function asPart({ parts }: Mutant): { name: string; fns: Partial<Parts> } {
  const [name] = Object.keys(parts.components ?? {}) as (keyof typeof AS_PART)[];
  const make = AS_PART[name] as (component: unknown) => Partial<Parts>;
  return { name: EXERCISE_OF[name], fns: make(parts.components?.[name]) };
}

describe("the conformance suite's bugs of the model", () => {
  const named = new Map<string, string>();

  it.each(OF_COMPONENTS.map((mutant) => [mutant.id, mutant] as const))(
    "%s is named",
    (id, mutant) => {
      const { name, fns } = asPart(mutant);
      const verdict = check(exerciseNamed(name), fns, materials);
      expect(verdict).toMatchObject({ failure: { mistakes: [{ knob: expect.any(String) }] } });
      if (!("failure" in verdict)) return;
      const said = JSON.stringify([name, verdict.failure.mistakes]);
      // Each has a name of its own.
      expect(named.get(said)).toBe(undefined);
      named.set(said, id);
    },
  );

  it("are many", () => {
    expect(OF_COMPONENTS.length).toBeGreaterThan(25);
  });

  it("are mistakes of an exercise, or of nobody", () => {
    const ids = MUTANTS.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([...Object.keys(ELSEWHERE), ...Object.keys(NOBODYS)]),
    );
    for (const [name, knob, choice] of Object.values(ELSEWHERE)) {
      expect(exerciseNamed(name).knobs[knob]).toHaveProperty([choice]);
    }
  });
});

/** What an exercise's function is with one mistake. */
function withMistake(name: string, knob: string, choice: string): Partial<Parts> {
  const one = exerciseNamed(name);
  expect(one.knobs[knob]).toHaveProperty([choice]);
  return one.build(choicesWith(one, [{ knob, choice }]));
}

const { tokenizer } = materials.tiny;

describe("the conformance suite's bugs of merging", () => {
  const CHOICES: Readonly<Record<string, readonly [string, string]>> = {
    "tokenizer-rank-ties": ["choice", "the right one of equals"],
    "tokenizer-longest-match": ["choice", "the longest from the left"],
    "tokenizer-unigram": ["choice", "the largest sum"],
    "tokenizer-utf16-units": ["begins", "with UTF-16 units"],
  };

  it.each(Object.entries(CHOICES))("%s is a mistake of merge", (id, [knob, choice]) => {
    const parts = completed(withMistake("merge", knob, choice));
    const encode = ENCODE_MUTANTS.find((mutant) => mutant.id === id)!.encode!(tokenizer);
    const texts = [...materials.pieces.map(({ text }) => text), "a 🦊"];
    const idsOfBug = texts.map((text) => [tokenizer.bosId, ...encode(text)]);
    expect(texts.map((text) => idsOf(tokenizer, parts, text))).toEqual(idsOfBug);
  });

  it("are all that are about the pieces between markers", () => {
    const others = ENCODE_MUTANTS.filter(({ id }) => !Object.hasOwn(CHOICES, id));
    // The rest is about what happens to a text before, about user-defined and unused pieces, and about bytes.
    expect(others.map(({ id }) => id.replace("tokenizer-", ""))).toEqual([
      ...["bos-added", "dummy-prefix", "extra-spaces-removed", "spaces-not-escaped"],
      ...["no-byte-fallback", "user-symbols-late", "user-symbols-shortest", "user-symbols-merge"],
      ...["unused-kept", "special-in-text", "nfkc", "nfc", "text-trimmed", "crlf-to-lf"],
      ...["bom-dropped", "c-string", "underline-as-bytes"],
    ]);
  });
});

describe("the conformance suite's bugs of the chat format", () => {
  const CHOICES: Readonly<Record<string, readonly [string, string]>> = {
    "tokenizer-double-bos": ["bos", "yes"],
    "chat-bos-each-turn": ["bos", "before each turn of the user"],
    "chat-no-newline-after-role": ["roleEnds", "with nothing"],
    "chat-no-newline-after-model": ["opens", "without a newline"],
    "chat-no-newline-after-turn": ["turnEnds", "with nothing"],
    "chat-space-after-role": ["roleEnds", "with a blank"],
    "chat-answer-not-opened": ["opens", "no"],
    "chat-end-opens-answer": ["opens", "by <end_of_turn>"],
    "chat-assistant": ["model", "assistant"],
    "chat-contents-trimmed": ["content", "trimmed"],
  };
  const CONVERSATION = [
    { role: "user", content: " Knock\n" },
    { role: "model", content: "Who's there?" },
    { role: "user", content: "Gemma." },
  ] as const;

  it.each(Object.entries(CHOICES))("%s is a mistake of chat", (id, [knob, choice]) => {
    const { chatPrompt } = withMistake("chat", knob, choice);
    const mutant = CHAT_MUTANTS.find((one) => one.id === id)!;
    const bug = plannedChatIds(tokenizer, (text) => tokenizer.encode(text), CONVERSATION, {
      way: "whole",
      ...mutant.chat,
    });
    const text = chatPrompt!(CONVERSATION);
    const ids = idsOf(tokenizer, materials.right, text);
    // The function writes <bos> as text, which is no token: there, what counts is where it stands.
    if (knob === "bos") expect(text.split("<bos>")).toHaveLength(choice === "yes" ? 2 : 3);
    else expect(ids).toEqual(bug);
  });

  it("are all, but for BOS that is left out: it is not part of the text", () => {
    const ids = CHAT_MUTANTS.map(({ id }) => id).filter((id) => id !== "chat-no-bos");
    expect(ids).toEqual(Object.keys(CHOICES));
  });
});
