/**
 * Exercise `embed`: nn/embedding.ts, one token.
 * @module
 */
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import { type Exercise, exercise } from "../exercise.ts";
import { copied, row } from "../materials.ts";

const SCALES = {
  "√D": (D: number) => Math.sqrt(D),
  none: () => 1,
  D: (D: number) => D,
  "1/√D": (D: number) => 1 / Math.sqrt(D),
  "√V": (_D: number, V: number) => Math.sqrt(V),
  "√D in bfloat16": (D: number) => roundToBfloat16(Math.sqrt(D)),
} as const;

export const embed: Exercise = exercise({
  name: "embed",
  page: 2,
  title: "from a token to a vector",
  noun: "embedding",
  task: `Look a token up: give back row \`id\` of the table, each number times the
    square root of D. D is the length of a row. The table itself stays as it is.`,
  functions: { embed: ["id", "table"] },
  hints: [
    "The result is a copy of one row of the table: table[id].",
    "D is the length of that row, and not the number of rows.",
    "Multiply each number by Math.sqrt(D).",
  ],
  knobs: {
    scale: {
      "√D": "",
      none: "This is the row as it is stored: too small by √D. What happens to it on the way in?",
      D: "This is too large by √D: the factor is D instead of its root.",
      "1/√D": "This divides by √D. On the way in the vector gets longer, not shorter.",
      "√V": "The factor is the root of the number of rows. D is the length of one.",
      "√D in bfloat16":
        "√D is rounded to bfloat16 here, as real ports did: close, and no longer what float64 can do.",
    },
    row: {
      id: "",
      "id + 1": "This is the row behind the one that was asked for. The first token is 0.",
      "id - 1": "This is the row before the one that was asked for. The first token is 0.",
    },
  },
  build: ({ scale, row: which }) => ({
    embed(id, table) {
      const at = { id, "id + 1": id + 1, "id - 1": id - 1 }[which];
      const found = table[at];
      const by = SCALES[scale](found.length, table.length);
      return found.map((x) => x * by);
    },
  }),
  cases({ nano }) {
    const small = [row(1, 1, 1, 1), row(0.5, -1, 0, 0.25), row(2, 2, 2, 2)];
    const stored = nano.trace.rows("trace.embed.lookup.f64");
    const scaled = nano.trace.rows("trace.layers.0.input.f64");
    // The first and the last row have a neighbour on one side only.
    const table = [row(...stored[0]).fill(1), ...stored, row(...stored[0]).fill(1)];
    return [
      {
        name: "calculator",
        given: "id = 1, table[1] = [0.5, -1, 0, 0.25]",
        golden: false,
        calls: [{ where: "", args: () => [1, copied(small)], expected: row(1, -2, 0, 0.5) }],
      },
      {
        name: "seven tokens of Google's code",
        given: "rows of 72 numbers",
        golden: true,
        calls: scaled.map((expected, l) => ({
          where: `token ${l}`,
          args: () => [l + 1, copied(table)],
          expected,
        })),
      },
    ];
  },
});
