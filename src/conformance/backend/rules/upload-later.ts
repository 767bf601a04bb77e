/**
 * What the interface says of weights that are used before they have arrived.
 * @module
 */
import type { Arriving } from "../../../backend/backend.ts";
import { turnOfTheEventLoop } from "../../../event-loop.ts";
import type { WeightSource } from "../../../tensor/stored.ts";
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import type { Lab } from "../lab.ts";
import { sourceOf } from "../weight-source.ts";
import { columnOf, lookUp, waiting } from "./looked-up.ts";
import { expectError, expectNumbers, expectUsable, rule } from "./rule.ts";

const kernel = "embed";

/** The checks of `uploadLater`, which a backend need not have. */
export function uploadLaterChecks(): Check[] {
  const broken = new Error("the server is gone");
  return [
    laterRule(
      "early",
      "Kernels may be recorded with a weight before it has arrived: read waits for it.",
      async (lab, later) => {
        const { weight, arrived } = later(sourceOf(columnOf(lab, 10, 20), { before: waiting(4) }));
        const [got] = await lab.settled("read", Promise.all([lookUp(lab, weight, 2), arrived]));
        expectNumbers(lab, got, [10, 20], "a weight that arrives while read waits");
      },
    ),
    laterRule("order", "Weights may arrive in any order.", async (lab, later) => {
      const turns = [9, 1, 5, 0];
      const arriving = turns.map((count, i) =>
        later(sourceOf(columnOf(lab, i + 1), { before: waiting(count) })),
      );
      const reads = [2, 0, 3, 1].map((i) => lookUp(lab, arriving[i].weight, 1));
      const got = await lab.settled("read", Promise.all(reads));
      const values = got.map((one) => one[0]);
      expectNumbers(
        lab,
        values,
        [3, 1, 4, 2],
        "four weights that arrive in another order than they are used",
      );
    }),
    laterRule("freed", "A weight may be freed before it has arrived.", async (lab, later) => {
      const { weight, arrived } = later(sourceOf(columnOf(lab, 1), { before: waiting(4) }), true);
      arrived.catch(() => {});
      lab.backend.free("weight", weight);
      await expectUsable(lab, "freeing a weight that had not arrived");
    }),
    laterRule(
      "fails",
      "The read that waits for a weight rejects as it does, and the backend stays usable.",
      async (lab, later) => {
        const before = async () => {
          await turnOfTheEventLoop();
          throw broken;
        };
        const { weight, arrived } = later(sourceOf(columnOf(lab, 1), { before }));
        const isRight = (error: unknown) => error === broken;
        const reading = lookUp(lab, weight, 1);
        reading.catch(() => {});
        await expectError(lab, "arrived", arrived, isRight, "the error of its source");
        await expectError(
          lab,
          "the read that waits for it",
          Promise.resolve(reading),
          isRight,
          "the error of the source",
        );
        await expectUsable(lab, "a weight that did not arrive");
      },
    ),
  ];
}

type Later = (source: WeightSource, isFreed?: boolean) => Arriving<unknown>;

function laterRule(
  name: string,
  note: string,
  run: (lab: Lab, later: Later) => Promise<void>,
): Check {
  return rule(
    `t0.uploadLater.${name}`,
    note,
    async (lab) => {
      const { backend } = lab;
      const { uploadLater } = backend;
      if (!uploadLater) {
        throw withoutIt(
          "uploadLater",
          "a backend without it: weights are uploaded before they are used",
        );
      }
      await run(lab, (source, isFreed) => {
        const arriving = uploadLater.call(backend, source);
        arriving.arrived.catch(() => {}); // it is awaited later, if at all
        if (!isFreed) lab.hold("weight", arriving.weight);
        return arriving;
      });
    },
    { kernel },
  );
}
