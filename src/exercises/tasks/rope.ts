/**
 * Exercise `rope`: nn/rope.ts, one head of one token.
 * @module
 */
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";

export const rope: Exercise = exercise({
  name: "rope",
  page: 6,
  title: "where a token stands",
  noun: "RoPE",
  task: `Turn the pairs of one head by angles that grow with position. Pair i is x[i]
    and x[i + H/2], for i below H/2; its angle is pos · theta^(-2i/H). Turning by an
    angle: first · cos - second · sin, and second · cos + first · sin.`,
  functions: { rope: ["x", "pos", "theta"] },
  hints: [
    "See the head as two halves side by side: the partner of x[i] is x[i + H/2].",
    "The angle of pair i is pos * theta ** (-2 * i / H). Pair 0 turns fastest.",
    "Keep both numbers of a pair in variables before you write either.",
  ],
  knobs: {
    pairs: {
      halves: "",
      neighbours:
        "You pair (0, 1), (2, 3), …: the layout of the paper. Gemma's checkpoints pair the halves, i with i + H/2.",
    },
    exponent: {
      "2i/H": "",
      "i/H": "The angles fall off half as fast as they should: the exponent is i/H.",
      "4i/H": "The angles fall off twice as fast as they should. Is i counted in twos already?",
      "2i/H upwards": "The angles grow from pair to pair. The exponent is negative.",
    },
    angle: {
      forwards: "",
      backwards: "The pairs turn the other way: the signs of the two sines are exchanged.",
      none: "Nothing is turned.",
      "in bfloat16": "The angles are rounded to bfloat16, which keeps 8 bits of them.",
    },
    writes: {
      both: "",
      overwritten: "x[i] was changed before it was used for the second number of the pair.",
    },
    position: {
      pos: "",
      "pos + 1":
        "Everything stands one place too far. The first token, BOS, is at 0, and is not turned.",
      "pos in bfloat16":
        "The position is rounded to bfloat16, which holds integers up to 256 only.",
    },
    theta: {
      given: "",
      "1,000,000": "The base of the angles is 1,000,000 here. The third argument says 10,000.",
    },
  },
  build: ({ pairs, exponent, angle: turn, writes, position, theta: base }) => ({
    rope(x, pos, given) {
      const H = x.length;
      const y = x.slice();
      const p = { pos, "pos + 1": pos + 1, "pos in bfloat16": roundToBfloat16(pos) }[position];
      const theta = base === "given" ? given : 1e6;
      const direction = { forwards: 1, backwards: -1, none: 0, "in bfloat16": 1 }[turn];
      for (let i = 0; i < H / 2; i++) {
        const power = { "2i/H": -2 * i, "i/H": -i, "4i/H": -4 * i, "2i/H upwards": 2 * i }[
          exponent
        ];
        const exact = direction * p * theta ** (power / H);
        const angle = turn === "in bfloat16" ? roundToBfloat16(exact) : exact;
        const [a, b] = pairs === "halves" ? [i, i + H / 2] : [2 * i, 2 * i + 1];
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        y[a] = x[a] * cos - x[b] * sin;
        y[b] = x[b] * cos + (writes === "both" ? x[a] : y[a]) * sin;
      }
      return y;
    },
  }),
  cases({ ops }) {
    const [cos, sin] = [Math.cos(0.01), Math.sin(0.01)];
    return [
      {
        name: "calculator",
        given: "x = [1, 0], pos = 1",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [row(1, 0), 1, 10000],
            expected: row(Math.cos(1), Math.sin(1)),
          },
        ],
      },
      {
        name: "two pairs",
        given: "x = [1, 0, 0, 1], pos = 1, theta = 10000",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [row(1, 0, 0, 1), 1, 10000],
            expected: row(Math.cos(1), -sin, Math.sin(1), cos),
          },
        ],
      },
      ...[0, 1, 2, 3].map((i) => {
        const x = ops.rows(`rope.${i}.x`);
        const [, N, H] = ops.shape(`rope.${i}.x`);
        const positions = ops.numbers(`rope.${i}.positions`);
        return {
          name: `Google's apply_rotary_emb, ${i}`,
          given: `heads of ${H} numbers, at positions ${positions.join(", ")}`,
          golden: true,
          calls: ops.rows(`rope.${i}.y.f64`).map((expected, at) => ({
            where: `token ${Math.floor(at / N)}, head ${at % N}`,
            args: () => [x[at].slice(), positions[Math.floor(at / N)], 10000],
            expected,
          })),
        };
      }),
    ];
  },
});
