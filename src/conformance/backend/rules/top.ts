/**
 * What the interface says of the most probable token, which a backend need not find itself.
 * @module
 */
import type { Rows } from "../../../backend/backend.ts";
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import type { Lab, LabTensor } from "../lab.ts";
import { expectNumbers, expectUsable, rule } from "./rule.ts";

/** −log softmax(row)[index], and the most that float32 may be off: sums of a few exponentials, in any order. */
const OFF = 1e-5;

/** The checks of `top`. */
export function topChecks(): Check[] {
  return [
    topRule(
      "rows",
      "Of each row the index of the largest, that number, and −log softmax there.",
      async (lab, top) => {
        const columns = 300; // more than a workgroup, and no multiple of one
        const numbers = Float32Array.from(
          { length: 4 * columns },
          (_, i) => ((i * 89) % 257) / 16 - 20,
        );
        const x = lab.put(numbers, columns);
        await expectTop(lab, top, x, numbers, { from: 1, count: 3 }, []);
      },
    ),
    topRule("large", "Numbers may be too large for exp.", async (lab, top) => {
      const numbers = Float32Array.of(900, -900, 899, 3e38, -3e38, 0);
      await expectTop(lab, top, lab.put(numbers, 3), numbers, { from: 0, count: 2 }, []);
    }),
    topRule("ties", "Of equal numbers the first counts.", async (lab, top) => {
      const numbers = new Float32Array(2 * 130).fill(-7);
      for (const at of [70, 6, 129, 130 + 129, 130 + 65]) numbers[at] = 2;
      await expectTop(lab, top, lab.put(numbers, 130), numbers, { from: 0, count: 2 }, []);
    }),
    topRule(
      "except",
      "Indices in `except` are not chosen; they count in the softmax.",
      async (lab, top) => {
        const numbers = Float32Array.of(1, 9, 3, 8, -9, -8, -7, -6);
        const x = lab.put(numbers, 4);
        for (const except of [[1], [1, 3], [3, 0, 1], []]) {
          await expectTop(lab, top, x, numbers, { from: 0, count: 2 }, except);
        }
      },
    ),
    topRule("nan", "The surprisal of a row with a NaN in it is not finite.", async (lab, top) => {
      const numbers = Float32Array.of(1, Number.NaN, 3, 1, 2, 3);
      const got = await top(lab.put(numbers, 3), { from: 0, count: 2 }, []);
      if (Number.isFinite(got[2])) lab.fail(`a row with a NaN in it: its surprisal is ${got[2]}`);
      if (!Number.isFinite(got[5]))
        lab.fail(`a row beside one with a NaN: its surprisal is ${got[5]}`);
    }),
    topRule("none", "`count` may be 0.", async (lab, top) => {
      const x = lab.put(Float32Array.of(1, 2), 2);
      expectNumbers(lab, await top(x, { from: 0, count: 0 }, []), [], "no rows");
      await expectUsable(lab, "asking for no rows");
    }),
  ];
}

type Top = (x: LabTensor, rows: Rows, except: readonly number[]) => Promise<ArrayLike<number>>;

function topRule(name: string, note: string, run: (lab: Lab, top: Top) => Promise<void>): Check {
  return rule(`t0.top.${name}`, note, async (lab) => {
    const { backend } = lab;
    const { top } = backend;
    if (!top) throw withoutIt("top", "a backend without it: rows of logits are read");
    await run(lab, ({ handle }, rows, except) =>
      lab.settled("top", top.call(backend, handle, rows, except)),
    );
  });
}

/** Fails unless `top` finds what a plain loop finds in `numbers`. */
async function expectTop(
  lab: Lab,
  top: Top,
  x: LabTensor,
  numbers: Float32Array,
  rows: Rows,
  except: readonly number[],
): Promise<void> {
  const got = await top(x, rows, except);
  if (got.length !== 3 * rows.count) lab.fail(`${got.length} numbers; expected 3 of each row`);
  const { columns } = x;
  for (let r = 0; r < rows.count; r++) {
    const row = numbers.subarray((rows.from + r) * columns, (rows.from + r + 1) * columns);
    let best = -1;
    for (const [i, value] of row.entries()) {
      if (!except.includes(i) && (best < 0 || value > row[best])) best = i;
    }
    const total = row.reduce((sum, value) => sum + Math.exp(value - row[best]), 0);
    const [index, value, surprisal] = [got[3 * r], got[3 * r + 1], got[3 * r + 2]];
    const where = `row ${rows.from + r}${except.length > 0 ? `, except ${except.join()}` : ""}`;
    if (index !== best) lab.fail(`${where}: the index is ${index}, expected ${best}`);
    if (value !== row[best]) lab.fail(`${where}: the number is ${value}, expected ${row[best]}`);
    const off = Math.abs(surprisal - Math.log(total));
    if (!(off <= OFF * Math.max(1, Math.log(total)))) {
      lab.fail(`${where}: the surprisal is ${surprisal}, expected ${Math.log(total)}`);
    }
  }
}
