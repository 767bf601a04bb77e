/**
 * Exercise `cache`: keys and values that are kept, and the loop that makes use of it (generation/steps.ts).
 * @module
 */
import { type Call, type Exercise, exercise } from "../exercise.ts";
import { copied, type Materials, row } from "../materials.ts";
import type { HeadCache, Row, Rows, Step } from "../parts.ts";

/** What a model was asked to feed: `step([4], 3)`. */
type Fed = string[];

/**
 * A model of ten words, and what it is asked. It writes each id at its position, as a cache does, and the next word
 * is made of all that it finds there: so a position or a token that is wrong changes the text.
 */
function counting(): { step: Step; fed: Fed } {
  const held: number[] = [];
  const fed: Fed = [];
  return {
    fed,
    step(ids, pos) {
      fed.push(`step([${ids}], ${pos})`);
      ids.forEach((id, l) => {
        held[pos + l] = id;
      });
      held.length = pos + ids.length;
      const sum = held.reduce((total, id, p) => total + id * (p + 1), 0);
      return new Float64Array(10).map((_, id) => (id === sum % 10 ? 1 : 0));
    },
  };
}

/** Tokens of the golden prompt; what follows them is what Google's code says, greedily. */
const PROMPT = 23;

/** A model that knows one text, and gives what Google's code computed of it. Of another it gives zeros. */
function stored({ ids: known, logits }: Materials["tiny"]): Step {
  return (ids, pos) => {
    const isKnown = ids.every((id, l) => known[pos + l] === id);
    const row = logits[pos + ids.length - 1] ?? logits[0];
    return isKnown ? row.slice() : row.map(() => 0);
  };
}

function argmax(x: Row): number {
  return x.reduce((best, value, i) => (value > x[best] ? i : best), 0);
}

export const cache: Exercise = exercise({
  name: "cache",
  page: 12,
  title: "old tokens are not computed again",
  noun: "cache",
  task: `Two functions. append(cache, k, v, pos) puts rows of keys into cache.k and of
    values into cache.v, the first at index pos. continueText(step, prompt, n) gives
    back n new ids: step(ids, pos) feeds ids that stand at pos and after it, and
    gives the logits behind the last. Feed the prompt once, then each new token
    alone, and take the largest logit each time.`,
  functions: { append: ["cache", "k", "v", "pos"], continueText: ["step", "prompt", "n"] },
  hints: [
    "What is new in each step? The whole prompt at first, then one token.",
    "One token a step, at pos = how many rows there are so far: prompt.length, then one more each time.",
    "Write, then look: cache.k[pos + l] = k[l]. An earlier position may be written again.",
  ],
  knobs: {
    place: {
      "pos + l": "",
      l: "Rows are always put from index 0 on, over what was there. Where does the new token stand?",
      "pos + l + 1": "Rows are put one place too far: the first token is at 0.",
      "the end":
        "Rows are put behind the last. When a position is written again, the old row has to go.",
      pos: "All rows are put at the same index: only the last of them is left.",
    },
    sides: {
      "k and v": "",
      exchanged: "Keys lie where values belong, and values where keys do.",
      "k twice": "The keys are there twice, and no values.",
    },
    position: {
      counted: "",
      "from 0 again":
        "The first pass is right, and then every new token is fed at position 0. Where does it stand?",
      "one too far": "Each new token is fed one place too far: how many rows are there before it?",
      "within the answer":
        "New tokens are counted from 0, without the prompt. How many rows are there before them?",
      "the same": "Each new token is fed at the same place as the one before it.",
    },
    feeds: {
      "the new token": "",
      "all again":
        "All tokens are fed again in each step, behind those that are there: 25 rows in the cache after 13 tokens. What is new in each step?",
      "all again from 0":
        "This is right, and slow: all tokens are computed again for each new one, as if nothing were kept. What is new in each step?",
      "the last one twice":
        "The last token of the prompt is fed twice: 14 rows after 13 tokens. The first pass has given the logits behind it.",
      "the prompt a token at a time":
        "This is right, and slow: step takes the whole prompt at once. Can you feed it in one pass?",
    },
  },
  build: ({ place, sides, position, feeds }) => ({
    append(cache, k, v, pos) {
      const put = (into: Row[], rows: Rows) => {
        rows.forEach((one, l) => {
          const at = {
            "pos + l": pos + l,
            l,
            "pos + l + 1": pos + l + 1,
            "the end": into.length,
            pos,
          };
          into[at[place]] = one.slice();
        });
      };
      put(cache.k, sides === "exchanged" ? v : k);
      put(cache.v, sides === "k and v" ? v : k);
    },
    continueText(step, prompt, n) {
      const L = prompt.length;
      const all = [...prompt];
      let logits: Row = new Float64Array(0);
      if (feeds === "the prompt a token at a time") {
        prompt.forEach((id, p) => {
          logits = step([id], p);
        });
      } else logits = step(prompt, 0);
      let pos = L;
      if (feeds === "the last one twice") logits = step([prompt[L - 1]], pos++);
      const answer: number[] = [];
      while (answer.length < n) {
        const id = argmax(logits);
        answer.push(id);
        all.push(id);
        if (answer.length === n) break;
        if (feeds === "all again from 0") {
          logits = step(all, 0);
          continue;
        }
        const fed = feeds === "all again" ? all : [id];
        const places = {
          counted: pos,
          "from 0 again": 0,
          "one too far": pos + 1,
          "within the answer": answer.length - 1,
          "the same": L,
        };
        logits = step(fed, places[position]);
        pos += fed.length;
      }
      return answer;
    },
  }),
  cases({ tiny, right }) {
    const [a, b, c, d] = [row(1, 2), row(3, 4), row(5, 6), row(7, 8)];
    const [w, x, y, z] = [row(-1, 0), row(-2, 0), row(-3, 0), row(-4, 0)];
    const held = (k: Rows, v: Rows): HeadCache => ({ k: copied(k), v: copied(v) });
    /** The rows that count: what lies behind them may be anything. */
    const rows =
      (count: number) =>
      (_: unknown, [given]: readonly unknown[]) => {
        const { k, v } = given as HeadCache;
        return [k.slice(0, count), v.slice(0, count)];
      };
    const puts = (
      given: string,
      before: HeadCache,
      [k, v]: readonly [Rows, Rows],
      pos: number,
      expected: readonly [Rows, Rows],
    ): Call => ({
      where: "",
      given,
      fn: "append",
      changes: true,
      args: () => [held(before.k, before.v), copied(k), copied(v), pos],
      result: rows(expected[0].length),
      expected,
    });
    const feeds = (prompt: readonly number[], n: number): Call => {
      const { step, fed } = counting();
      const answer = right.continueText(step, prompt, n);
      return {
        where: "",
        given: `prompt = [${prompt.join(", ")}], n = ${n}; compared are the answer, and what is fed`,
        fn: "continueText",
        args: () => {
          const counted = counting();
          return [Object.assign(counted.step, { fed: counted.fed }), [...prompt], n];
        },
        // A call behind the last answer is wasted, and no mistake.
        result: (returned, [step]) => [
          `answer ${returned}`,
          ...(step as Step & { fed: Fed }).fed.slice(0, n),
        ],
        expected: [`answer ${answer}`, ...fed.slice(0, n)],
      };
    };
    const hand = (name: string, ...calls: Call[]) => ({ name, given: "", golden: false, calls });
    return [
      hand(
        "calculator, append",
        puts(
          "an empty cache, k = [[1,2], [3,4]], v = [[-1,0], [-2,0]], pos = 0",
          held([], []),
          [
            [a, b],
            [w, x],
          ],
          0,
          [
            [a, b],
            [w, x],
          ],
        ),
        puts(
          "two rows in the cache, k = [[5,6]], v = [[-3,0]], pos = 2",
          held([a, b], [w, x]),
          [[c], [y]],
          2,
          [
            [a, b, c],
            [w, x, y],
          ],
        ),
        puts(
          "three rows in the cache, k = [[7,8]], v = [[-4,0]], pos = 1: written again",
          held([a, b, c], [w, x, y]),
          [[d], [z]],
          1,
          [
            [a, d],
            [w, z],
          ],
        ),
      ),
      hand("calculator, continueText", feeds([2, 5, 7], 4), feeds([1], 3)),
      {
        name: "Google's logits, twelve words long",
        given: "",
        golden: true,
        calls: [
          {
            where: "",
            fn: "continueText",
            given: `the ${PROMPT} tokens of a chat prompt, n = ${tiny.ids.length - PROMPT}`,
            args: () => [stored(tiny), tiny.ids.slice(0, PROMPT), tiny.ids.length - PROMPT],
            expected: tiny.ids.slice(PROMPT),
          },
        ],
      },
    ];
  },
});
