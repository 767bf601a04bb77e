/**
 * Tier T2: what must hold between a backend's own answers when sequences and models share it. No number is stored;
 * logits may differ by twice the budget of the model's longest vector, as both may be off.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { KVCache } from "../../model/kv-cache.ts";
import { Model } from "../../model/model.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Suite, SuiteModel } from "../vectors/suite.ts";
import type { Budget, ForwardVector } from "../vectors/vector.ts";
import { changed, withMaxRows } from "./backend-testee.ts";
import type { Check } from "./check.ts";
import { withoutIt } from "./failure.ts";
import type { AnyBackend, Lab } from "./lab.ts";

/** What an invariant works with. */
interface Bench {
  readonly lab: Lab;
  readonly model: Model;
  readonly ids: readonly number[];
  cache(): KVCache;
  /** Logits of the last of `ids`, fed to a new sequence at once. */
  alone(ids: readonly number[]): Promise<NdArray>;
  /** Fails unless the logits are equal within the budget. */
  same(what: string, got: NdArray, expected: NdArray): void;
}

interface Invariant {
  readonly name: string;
  readonly note: string;
  /** How messages say it. */
  readonly words: string;
  /** The backend that the model is loaded on. Default: as it is, in passes of at most 16 rows. */
  readonly backend?: (backend: AnyBackend) => AnyBackend;
  run(bench: Bench): Promise<void>;
}

const LENGTHS = [1, 9, 2, 20, 5];

const INVARIANTS: readonly Invariant[] = [
  {
    name: "decode",
    note: "Feeding a prompt token by token gives the logits of feeding it at once.",
    words: "a prompt token by token",
    async run({ model, ids, cache, alone, same }) {
      const one = cache();
      for (const id of ids.slice(0, -1)) await model.forward([id], one, { logits: "none" });
      same("the last logits", await model.forward(ids.slice(-1), one), await alone(ids));
    },
  },
  {
    name: "replay",
    note: "A cache is rewound by writing at an earlier position again.",
    words: "a cache that was rewound",
    async run({ model, ids, cache, alone, same }) {
      const one = cache();
      await model.forward(ids, one);
      one.rewind(3);
      await model.forward([...ids].reverse().slice(0, 9), one);
      one.rewind(3);
      same("logits after it", await model.forward(ids.slice(3), one), await alone(ids));
    },
  },
  {
    name: "apart",
    note: "Sequences do not disturb each other.",
    words: "two sequences in turns",
    async run({ model, ids, cache, alone, same }) {
      const [a, b] = [cache(), cache()];
      const other = [...ids].reverse();
      await model.forward(ids.slice(0, 7), a);
      await model.forward(other.slice(0, 5), b);
      same("the first", await model.forward(ids.slice(7), a), await alone(ids));
      same("the second", await model.forward(other.slice(5), b), await alone(other));
    },
  },
  {
    name: "copied",
    note: "A cache that was copied goes on as if it had been fed the same; so does the other.",
    words: "a cache that was copied",
    async run({ lab, model, ids, cache, alone, same }) {
      if (!lab.backend.copyKV) throw withoutIt("copyKV", "a backend without it");
      const one = cache();
      const other = [...ids].reverse();
      await model.forward(ids.slice(0, 9), one);
      const two = await model.copyCache(one);
      const [begun, rest] = [ids.slice(0, 9), other.slice(0, 7)];
      same("the copy", await model.forward(rest, two), await alone([...begun, ...rest]));
      same("the first", await model.forward(ids.slice(9), one), await alone(ids));
    },
  },
  {
    name: "side-by-side",
    note: "Prompts of different lengths in one batch get the logits that each gets alone.",
    words: "five prompts in one batch",
    async run({ model, ids, cache, alone, same }) {
      const prompts = LENGTHS.map((length) => ids.slice(0, length));
      const batch = prompts.map((ids) => ({ ids, cache: cache() }));
      const prefilled = await model.forward(batch);
      const decoded = await model.forward(batch.map(({ cache }) => ({ ids: [ids[1]], cache })));
      for (const [i, prompt] of prompts.entries()) {
        same(`prompt ${i}, prefilled`, prefilled[i], await alone(prompt));
        same(`prompt ${i}, decoded`, decoded[i], await alone([...prompt, ids[1]]));
      }
    },
  },
  {
    name: "at-once",
    note: "Several calls may be under way at once, each on its own sequence.",
    words: "two generations at once",
    async run({ model, ids, cache, alone, same }) {
      const other = [...ids].reverse();
      const generate = async (prompt: readonly number[]) => {
        const one = cache();
        let logits = await model.forward(prompt.slice(0, 4), one);
        for (const id of prompt.slice(4)) logits = await model.forward([id], one);
        return logits;
      };
      const [a, b] = await Promise.all([generate(ids), generate(other)]);
      same("the first", a, await alone(ids));
      same("the second", b, await alone(other));
    },
  },
  {
    name: "dirty",
    note: "What scratch held before plays no part.",
    words: "scratch that held NaN",
    backend: (backend) =>
      changed(withMaxRows(backend, 16), {
        alloc(label, rows, columns) {
          const handle = backend.alloc(label, rows, columns);
          backend.write(handle, new Float32Array(rows * columns).fill(Number.NaN));
          return handle;
        },
      }),
    async run({ lab, model, ids, cache, same }) {
      const got = await model.forward(ids, cache());
      await withModel(
        lab,
        model,
        (clean) => clean.forward(ids, clean.createCache()),
        (wanted) => same("logits", got, wanted),
      );
    },
  },
  {
    name: "two-models",
    note: "Two models may share a backend, and one may be disposed before the other.",
    words: "two models on one backend",
    async run({ lab, model, ids, cache, alone, same }) {
      const wanted = await alone(ids);
      await withModel(
        lab,
        model,
        (other) => other.forward(ids, other.createCache()),
        (got) => same("the second model", got, wanted),
      );
      same("the first, after the second was disposed", await model.forward(ids, cache()), wanted);
    },
  },
  {
    name: "background",
    note: "A prompt may be computed while the weights arrive.",
    words: "weights that arrive while a prompt is computed",
    async run({ lab, model, ids, alone, same }) {
      if (!lab.backend.uploadLater) throw withoutIt("uploadLater", "a backend without it");
      const wanted = await alone(ids);
      await withModel(
        lab,
        model,
        (other) => other.forward(ids, other.createCache()),
        (got) => same("logits", got, wanted),
        true,
      );
    },
  },
];

/** Loads the model once more, on the backend as it is. */
async function withModel(
  lab: Lab,
  { config, sources }: Model,
  run: (model: Model) => Promise<NdArray>,
  then: (logits: NdArray) => void,
  background = false,
): Promise<void> {
  const backend = withMaxRows(lab.backend, 16);
  const model = await lab.settled(
    "loading a model",
    Model.load<Handles>({ config, tensors: sources, backend, background }),
  );
  try {
    then(await lab.settled("the model", run(model)));
  } finally {
    model.dispose();
  }
}

/** Every invariant, on every model of the suite. */
export function batchChecks(suite: Suite): Check[] {
  return [...suite.models.values()].flatMap((model) => {
    const long = suite.vectors.find(({ id }) => id === `t1.${model.name}.long`);
    if (long?.kind !== "forward") return [];
    return INVARIANTS.map((invariant) => batchCheck(model, long, invariant));
  });
}

function batchCheck(nano: SuiteModel, long: ForwardVector, invariant: Invariant): Check {
  const { name, note, words } = invariant;
  return {
    id: `t2.${nano.name}.${name}@backend`,
    tier: "T2",
    note,
    ...(long.beyondGemma1 && { beyondGemma1: true }),
    async run(lab) {
      lab.where = `model ${nano.name}, ${words}`;
      const { config, tensors } = nano;
      const backend = invariant.backend?.(lab.backend) ?? withMaxRows(lab.backend, 16);
      const model = await lab.settled(
        "loading a model",
        Model.load<Handles>({ config, tensors, backend }),
      );
      const cache = () => model.createCache({ contextLength: 128 });
      const bench: Bench = {
        lab,
        model,
        ids: long.feeds[0].ids.slice(0, 23),
        cache,
        alone: (ids) => model.forward(ids, cache()),
        same(what, { data, shape }, expected) {
          lab.where = `model ${nano.name}, ${words}: ${what}`;
          const budget = long.budgets[lab.setting.accuracy]?.logits as Budget;
          const twice = { nrmse: 2 * budget.nrmse, max: 2 * budget.max };
          lab.judge(data, { values: expected.data, columns: shape[1], budget: () => twice });
        },
      };
      try {
        await lab.settled("the model", invariant.run(bench));
      } finally {
        model.dispose();
      }
    },
  };
}
