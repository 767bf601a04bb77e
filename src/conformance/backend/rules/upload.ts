/**
 * What the interface says of weights on their way: sources of any make, aborts, failures.
 * @module
 */
import { turnOfTheEventLoop } from "../../../event-loop.ts";
import type { WeightSource } from "../../../tensor/stored.ts";
import { tensor } from "../../../tensor/tensor.ts";
import type { Check } from "../check.ts";
import { firstType } from "../kernels/row-situations.ts";
import { type Lab, rowsOf } from "../lab.ts";
import {
  assertRows,
  type Encoded,
  encoded,
  type SourceOptions,
  sourceOf,
} from "../weight-source.ts";
import { columnOf, lookUp, waiting } from "./looked-up.ts";
import { expectError, expectNumbers, expectUsable, rule } from "./rule.ts";

const kernel = "embed";

/** The checks of `upload`. They look at a weight through embed. */
export function uploadChecks(): Check[] {
  const reason = new Error("enough");
  const broken = new Error("the disk is gone");
  return [
    sourceRule("odd-offset", "The bytes may lie anywhere in a memory.", (weight) => {
      const { rows, ...rest } = sourceOf(weight);
      return {
        ...rest,
        async rows(...range) {
          const bytes = await rows(...range);
          const all = new Uint8Array(bytes.length + 9).fill(255);
          all.set(bytes, 5);
          return all.subarray(5, 5 + bytes.length);
        },
      };
    }),
    sourceRule("rows-into", "A source may write into memory of the backend's.", (weight) => {
      const source = sourceOf(weight);
      return {
        ...source,
        async rowsInto(begin, end, into, signal) {
          const bytes = await source.rows(begin, end, signal);
          if (into.length !== bytes.length) {
            const sizes = `${bytes.length} bytes into memory of ${into.length}`;
            throw new RangeError(`rowsInto was asked for ${sizes}: it must have exactly as many`);
          }
          into.set(bytes);
        },
      };
    }),
    sourceRule(
      "methods",
      "A source may be an object of a class.",
      (weight) => new ClassSource(weight),
    ),
    sourceRule("slow", "A source may take its time.", (weight) =>
      sourceOf(weight, { before: waiting(3) }),
    ),
    rule(
      "t0.upload.fails",
      "A source that fails makes upload reject with its error, and the backend stays usable.",
      async (lab) => {
        const before = () => Promise.reject(broken);
        const uploading = lab.backend.upload(sourceOf(columnOf(lab, 1, 2), { before }));
        await expectError(lab, "upload", uploading, (e) => e === broken, "the error of its source");
        await expectUsable(lab, "an upload that failed");
      },
    ),
    rule(
      "t0.upload.signal",
      "An abort of `signal` makes upload reject; the source is told of it.",
      async (lab) => {
        const controller = new AbortController();
        // As a file does: it notices an abort if it is told, and else reads on.
        const before = async (signal?: AbortSignal) => {
          controller.abort(reason);
          await turnOfTheEventLoop();
          signal?.throwIfAborted();
        };
        const source = sourceOf(columnOf(lab, 1, 2), { before });
        const uploading = lab.backend.upload(source, controller.signal);
        const expected = "the reason of the signal";
        await expectError(lab, "upload that is aborted", uploading, (e) => e === reason, expected);
      },
    ),
    rule(
      "t0.upload.two",
      "Weights do not share their memory, and one may be freed before the other.",
      async (lab) => {
        const { backend } = lab;
        const freed = await lab.settled("upload", backend.upload(sourceOf(columnOf(lab, 1, 2, 3))));
        const kept = await lab.weight(sourceOf(columnOf(lab, 4, 5, 6)));
        backend.free("weight", freed);
        await lab.weight(sourceOf(columnOf(lab, 7, 8, 9)));
        expectNumbers(lab, await lookUp(lab, kept, 3), [4, 5, 6], "a weight beside two others");
      },
      { kernel },
    ),
    rule(
      "t0.upload.norm-offsets",
      "normOffset came with the weight; it is 1 when absent.",
      async (lab) => {
        const gain = (normOffset?: 0 | 1) => {
          const weight = encoded(tensor(Float32Array.of(2, 2), [2]), firstType(lab));
          const options: SourceOptions = normOffset === undefined ? {} : { normOffset };
          return lab.weight(sourceOf(weight, options));
        };
        const gains = [await gain(0), await gain(1), await gain()];
        const x = lab.put(Float32Array.of(1, 1), 2);
        const got: number[] = [];
        for (const weight of gains) {
          const dst = lab.put(new Float32Array(2), 2, "dst");
          lab.ops.rmsNorm(dst.handle, x.handle, weight, rowsOf(0, 1), 0);
          got.push((await lab.read(dst))[0]);
        }
        expectNumbers(
          lab,
          got,
          [2, 3, 3],
          "ones normed by a weight of 2, with normOffset 0, 1 and absent",
        );
      },
      { where: "rmsNorm, normOffset of three weights", kernel: "rmsNorm" },
    ),
  ];
}

/** A weight in a source of a kind, looked at through embed. */
function sourceRule(name: string, note: string, make: (weight: Encoded) => WeightSource): Check {
  const run = async (lab: Lab) => {
    const weight = await lab.weight(make(columnOf(lab, 10, 20, 30, 40, 50)));
    expectNumbers(lab, await lookUp(lab, weight, 5), [10, 20, 30, 40, 50], note);
  };
  return rule(`t0.upload.${name}`, note, run, { kernel });
}

/** A source whose methods need their object. */
class ClassSource implements WeightSource {
  readonly #weight: Encoded;
  constructor(weight: Encoded) {
    this.#weight = weight;
  }
  get name() {
    return "weight";
  }
  get dtype() {
    return this.#weight.dtype;
  }
  get shape() {
    return this.#weight.shape;
  }
  async rows(begin: number, end: number): Promise<Uint8Array> {
    assertRows(this.name, begin, end, this.shape[0]);
    return sourceOf(this.#weight).rows(begin, end);
  }
}
