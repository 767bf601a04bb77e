/**
 * A backend as a testee: the library's own model on it, fed with the vectors' tokens. What the library does is known
 * to be right, so that what is off is the backend's.
 * @module
 */
import type { Accuracy, Handles } from "../../backend/backend.ts";
import { refusals, UnsupportedError } from "../../errors.ts";
import type { KVCache } from "../../model/kv-cache.ts";
import { Model } from "../../model/model.ts";
import {
  LAYER_TAPS,
  MODEL_TAPS,
  parseTap,
  type RecordedTap,
  type TapName,
} from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Outputs, Testee } from "../run/testee.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import type { Feed } from "../vectors/vector.ts";
import type { AnyBackend } from "./lab.ts";

/** How a model is run on a backend. */
export interface BackendTesteeOptions {
  /** Most rows of a pass. Default: what the backend takes; it is never given more. */
  readonly maxRows?: number;
  /**
   * `forward` as in generation, where intermediates share tensors and kernels work in place; `record` as in a
   * trace, where each has its own. Default: `record` where intermediates are asked for.
   */
  readonly way?: "forward" | "record";
}

const NAMES: OptionNames<BackendTesteeOptions> = { maxRows: true, way: true };

/** A model on `backend`, as a testee. Closing it frees what it has there; the backend stays its maker's. */
export function backendTestee(backend: AnyBackend, options: BackendTesteeOptions = {}): Testee {
  assertOptions("backendTestee", options, NAMES);
  const { maxRows = backend.info.maxRows, way } = options;
  const limited = withMaxRows(backend, maxRows);
  const { name, precision, accuracy = precision } = limited.info;
  let model: Model | undefined;
  let cache: KVCache | undefined;
  const live = (): { model: Model; cache: KVCache } => {
    if (model && cache) return { model, cache };
    throw refusals("forward").argument("model", "a model that was loaded", "no model");
  };
  return {
    info: {
      name,
      accuracy: accuracy as Accuracy,
      device: `at most ${limited.info.maxRows} rows a pass`,
    },
    async load({ config, tensors, name }: SuiteModel) {
      model?.dispose();
      model = await Model.load({ config, tensors, name, backend: limited });
      cache = model.createCache();
    },
    async reset() {
      live().cache.dispose();
      cache = live().model.createCache();
    },
    async forward({ ids, pos }: Feed, taps: readonly TapName[]): Promise<Outputs> {
      const { model, cache } = live();
      if (pos > cache.length) {
        const hint =
          "kernels are tried at far positions by themselves: t0.rope.last, t0.attention.last";
        const [expected, got] = ["a sequence from position 0 on", `position ${pos}`];
        throw new UnsupportedError({ op: "backend", expected, got, hint });
      }
      cache.rewind(pos);
      const others = taps.filter((tap): tap is RecordedTap => tap !== "logits" && isRecorded(tap));
      if (way === "forward" || (way === undefined && others.length === 0)) {
        return new Map([["logits", await model.forward(ids, cache, { logits: "all" })]]);
      }
      const recorded = await model.record(ids, cache, [...others, "logits"]);
      return new Map<string, NdArray>(recorded);
    },
    async close() {
      model?.dispose();
    },
  };
}

function isRecorded(tap: TapName): boolean {
  const { layer, tap: name } = parseTap(tap);
  return Object.hasOwn(layer === undefined ? MODEL_TAPS : LAYER_TAPS, name);
}

/** `backend`, which says that it takes at most `maxRows` rows, or fewer if it does. */
export function withMaxRows(backend: AnyBackend, maxRows: number): AnyBackend {
  const rows = Math.min(maxRows, backend.info.maxRows);
  return changed(backend, { info: { ...backend.info, maxRows: rows } });
}

/** `backend` with some members changed; the others are called on it, so that it may be an object of a class. */
export function changed(backend: AnyBackend, changes: Partial<AnyBackend>): AnyBackend {
  const { reserve, copyKV, readKV, uploadLater, lost } = backend;
  return {
    info: backend.info,
    ops: backend.ops,
    ...(lost && { lost }),
    ...(reserve && { reserve: reserve.bind(backend) }),
    ...(copyKV && { copyKV: copyKV.bind(backend) }),
    ...(readKV && { readKV: readKV.bind(backend) }),
    ...(uploadLater && { uploadLater: uploadLater.bind(backend) }),
    alloc: (...args) => backend.alloc(...args),
    allocIds: (length) => backend.allocIds(length),
    createKV: (...args) => backend.createKV(...args),
    upload: (...args) => backend.upload(...args),
    setIds: (...args) => backend.setIds(...args),
    write: (...args) => backend.write(...args),
    read: (...args) => backend.read(...args),
    free: <Kind extends keyof Handles>(kind: Kind, handle: Handles[Kind]) =>
      backend.free(kind, handle),
    dispose: () => backend.dispose(),
    ...changes,
  };
}
