/**
 * Threads for the limits: each has memories of its own, and runs one of the loops when it is told to. In Node they
 * are threads of `worker_threads`, in a browser Workers; their program is text, so that it needs no file.
 * @module
 */

/** What a thread is told to do. Its answer is that it is done. */
type Task =
  | { readonly do: "begin"; readonly modules: Modules; readonly sizes: readonly number[] }
  | { readonly do: "sweep" }
  | { readonly do: "mulAdd" | "fma"; readonly rounds: number };

/** The compiled loops; `fma` is missing where there is no relaxed SIMD. */
export interface Modules {
  readonly plain: WebAssembly.Module;
  readonly fma?: WebAssembly.Module;
}

/** A thread as both worlds have it. */
interface Thread {
  ask(task: Task): Promise<void>;
  end(): void;
}

/**
 * The program of a thread. It writes to every page, because pages that were never written share one page of zeros,
 * which a sweep would read from the cache.
 */
const PROGRAM = `
let plain = [], fma, sizes;
const tasks = {
  begin(task) {
    sizes = task.sizes;
    const pages = (size) => ({ initial: Math.ceil(size / 65536), maximum: 65536 });
    const memories = sizes.map((size) => new WebAssembly.Memory(pages(size)));
    for (const { buffer } of memories) new Uint8Array(buffer).fill(1);
    const make = (memory) => new WebAssembly.Instance(task.modules.plain, { env: { memory } });
    plain = memories.map((memory) => make(memory).exports);
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 65536 });
    fma = task.modules.fma && new WebAssembly.Instance(task.modules.fma, { env: { memory } }).exports;
  },
  sweep() { plain.forEach(({ sweep }, i) => sweep(0, sizes[i])); },
  mulAdd({ rounds }) { plain[0].mulAdd(rounds); },
  fma({ rounds }) { fma.fma(rounds); },
};
const answer = (task) => {
  try { tasks[task.do](task); return {}; } catch (error) { return { error: String(error) }; }
};
`;

interface NodeWorker {
  on(event: string, listener: (value: never) => void): void;
  postMessage(value: unknown): void;
  terminate(): void;
}

/** A thread of Node. */
function nodeThread(
  Worker: new (program: string, options: { readonly eval: true }) => NodeWorker,
): Thread {
  const listen = `const { parentPort } = require("node:worker_threads");
    parentPort.on("message", (task) => parentPort.postMessage(answer(task)));`;
  const worker = new Worker(PROGRAM + listen, { eval: true });
  return threadOf(
    (task) => worker.postMessage(task),
    (done, fail) => {
      worker.on("message", done);
      worker.on("error", fail);
    },
    () => worker.terminate(),
  );
}

/** A Worker of a browser. */
function browserThread(): Thread {
  const listen = "onmessage = ({ data }) => postMessage(answer(data));";
  const url = URL.createObjectURL(new Blob([PROGRAM + listen], { type: "text/javascript" }));
  const worker = new Worker(url);
  return threadOf(
    (task) => worker.postMessage(task),
    (done, fail) => {
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = ({ message }) => fail(new Error(message));
    },
    () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  );
}

function threadOf(
  post: (task: Task) => void,
  listen: (
    done: (answer: { readonly error?: string }) => void,
    fail: (error: Error) => void,
  ) => void,
  end: () => void,
): Thread {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  listen(
    ({ error }) => (error === undefined ? resolve() : reject(new Error(error))),
    (error) => reject(error),
  );
  return {
    ask(task) {
      return new Promise((done, fail) => {
        [resolve, reject] = [done, fail];
        post(task);
      });
    },
    end,
  };
}

/** Threads that work together: a task is done when the last of them has done its part. */
export class ThreadTeam {
  readonly #threads: readonly Thread[];

  private constructor(threads: readonly Thread[]) {
    this.#threads = threads;
  }

  /** Starts as many as there are lists of `sizes`: the bytes of each memory of a thread. */
  static async start(modules: Modules, sizes: readonly (readonly number[])[]): Promise<ThreadTeam> {
    const Node = globalThis.process?.getBuiltinModule?.("node:worker_threads").Worker;
    const start = () => (Node ? nodeThread(Node as never) : browserThread());
    const team = new ThreadTeam(sizes.map(start));
    try {
      await Promise.all(
        team.#threads.map((thread, i) => thread.ask({ do: "begin", modules, sizes: sizes[i] })),
      );
    } catch (error) {
      team.end();
      throw error;
    }
    return team;
  }

  /** Seconds until all have done `task`. */
  async time(task: Task): Promise<number> {
    const begin = performance.now();
    await Promise.all(this.#threads.map((thread) => thread.ask(task)));
    return (performance.now() - begin) / 1000;
  }

  end(): void {
    for (const thread of this.#threads) thread.end();
  }
}
