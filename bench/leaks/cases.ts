/**
 * Work that is repeated, to see whether it leaves memory behind. A round should give back all it takes;
 * `warmUp` rounds come first, because some things are made once and kept: compiled code, scratch buffers.
 */
import type { CpuKV } from "../../src/backend/cpu/handles.ts";
import { Gemma } from "../../src/gemma.ts";
import { tinyModelPath } from "../../src/node/index.ts";

export interface Folders {
  /** A random checkpoint of 110 MB. */
  readonly large: string;
  /** The same with a tensor missing. */
  readonly broken: string;
}

export interface Case {
  readonly title: string;
  readonly warmUp: number;
  readonly rounds: number;
  /** Prepares the case; returns the work of a round and that of the end. */
  start(folders: Folders): Promise<{ round(i: number): Promise<unknown>; end(): Promise<unknown> }>;
}

const PROMPT = "Once upon a time";

/** A case whose rounds share one tiny model. */
function withTiny(round: (gemma: Gemma, i: number) => Promise<unknown>): Case["start"] {
  return async () => {
    const gemma = await Gemma.load(tinyModelPath());
    return { round: (i) => round(gemma, i), end: () => gemma.dispose() };
  };
}

/** A case without anything that outlives a round. */
function alone(round: (folders: Folders, i: number) => Promise<unknown>): Case["start"] {
  return async (folders) => ({ round: (i) => round(folders, i), end: async () => {} });
}

/** Writes to all of a cache: its pages become resident when first written, which is not a leak. */
function touch({ keys, values }: CpuKV): void {
  for (const { data } of [...keys, ...values]) (data as Float32Array).fill(0);
}

async function loadAndDispose(folder: string): Promise<void> {
  const gemma = await Gemma.load(folder);
  await gemma.generate([2, 3], { maxTokens: 1 }).text();
  await gemma.dispose();
}

/** Runs `work`, which must fail. */
async function failing(work: (signal: AbortSignal, abort: () => void) => Promise<unknown>) {
  const controller = new AbortController();
  const outcome = await work(controller.signal, () => controller.abort()).then(
    () => "nothing was refused",
    () => undefined,
  );
  if (outcome) throw new Error(outcome);
}

export const CASES: Readonly<Record<string, Case>> = {
  tokens: {
    title: "1,000 tokens of one generation, 110 MB model",
    warmUp: 10,
    rounds: 50, // of 20 tokens
    async start({ large }) {
      const gemma = await Gemma.load(large);
      const cache = gemma.model.createCache();
      touch(cache.kv as CpuKV);
      // A random model has no reason to end its text; if it does, a new text begins.
      let seed = 0;
      const next = () => {
        cache.rewind(0);
        return gemma.generate([2], { cache, maxTokens: 1900, temperature: 1, seed: seed++ });
      };
      let generation = next();
      return {
        async round() {
          for (let i = 0; i < 20; i++) {
            if ((await generation.next()).done) generation = next();
          }
        },
        async end() {
          await generation.return();
          cache.dispose();
          await gemma.dispose();
        },
      };
    },
  },

  texts: {
    title: "100 texts of 20 tokens, tiny model",
    warmUp: 60,
    rounds: 100,
    start: withTiny(async (gemma, seed) => {
      await gemma.generate(PROMPT, { maxTokens: 20, temperature: 1, seed }).text();
    }),
  },

  rewound: {
    title: "one cache, 100 times rewound and refilled",
    warmUp: 60,
    rounds: 100,
    async start() {
      const gemma = await Gemma.load(tinyModelPath());
      const cache = gemma.model.createCache({ contextLength: 40 });
      return {
        async round(seed) {
          cache.rewind(0);
          const options = { cache, maxTokens: 40, temperature: 1, seed };
          await gemma.generate(PROMPT, options).text();
        },
        async end() {
          cache.dispose();
          await gemma.dispose();
        },
      };
    },
  },

  loads: {
    title: "100 loads and disposals, 110 MB model",
    warmUp: 10,
    rounds: 100,
    start: alone(({ large }) => loadAndDispose(large)),
  },

  "tiny-loads": {
    title: "100 loads and disposals, tiny model",
    warmUp: 60,
    rounds: 100,
    start: alone(() => loadAndDispose(tinyModelPath())),
  },

  caches: {
    title: "100 caches of 8 MB made and disposed",
    warmUp: 10,
    rounds: 100,
    async start({ large }) {
      const gemma = await Gemma.load(large);
      return {
        async round() {
          const cache = gemma.model.createCache();
          await gemma.model.forward([2, 3], cache);
          cache.dispose();
        },
        end: () => gemma.dispose(),
      };
    },
  },

  aborts: {
    title: "100 generations aborted in their prompt",
    warmUp: 30,
    rounds: 100,
    start: withTiny(async (gemma) => {
      const controller = new AbortController();
      const ids = new Array(300).fill(5);
      const generation = gemma.generate(ids, { signal: controller.signal });
      setTimeout(() => controller.abort(), 3);
      for await (const { token } of generation) throw new Error(`token ${token} before the abort`);
      if (generation.finishReason !== "abort") throw new Error(`${generation.finishReason}`);
    }),
  },

  left: {
    title: "100 × 100 loops left early, with one signal",
    warmUp: 15,
    rounds: 100,
    async start() {
      const gemma = await Gemma.load(tinyModelPath());
      // As in a program with one signal for its whole life, aborted when it ends.
      const { signal } = new AbortController();
      return {
        async round() {
          for (let i = 0; i < 100; i++) {
            for await (const _ of gemma.generate([2], { signal })) break;
          }
        },
        end: () => gemma.dispose(),
      };
    },
  },

  chats: {
    title: "100 chats of two turns",
    warmUp: 30,
    rounds: 100,
    start: withTiny(async (gemma) => {
      const chat = gemma.chat();
      await chat.send("What is 3 plus 4?").text();
      await chat.send("What is the opposite of hot?").text();
      chat.dispose();
    }),
  },

  refusals: {
    title: "100 loads that fail: no tensor, no checkpoint",
    warmUp: 30,
    rounds: 100,
    start: alone(({ broken }) =>
      failing(async () => {
        await failing(() => Gemma.load(broken));
        await Gemma.load(`${broken}/config.json`);
      }),
    ),
  },

  interrupted: {
    title: "100 loads aborted half-way, 110 MB model",
    warmUp: 10,
    rounds: 100,
    start: alone(({ large }) =>
      failing((signal, abort) =>
        Gemma.load(large, {
          signal,
          onProgress({ loaded, total }) {
            if (loaded > total / 2) abort();
          },
        }),
      ),
    ),
  },

  background: {
    title: "100 loads in the background, half left at once",
    warmUp: 30,
    rounds: 100,
    start: alone(async ({ large }, i) => {
      const gemma = await Gemma.load(large, { background: true });
      if (i % 2 === 0) await gemma.logits([2]);
      await gemma.dispose();
    }),
  },

  traces: {
    title: "20 traces of everything, 40 tokens",
    warmUp: 10,
    rounds: 20,
    start: withTiny((gemma) => gemma.trace(new Array(40).fill(5))),
  },
};
