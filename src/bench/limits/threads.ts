/**
 * Threads that run the loops of the limits, each on memories of its own.
 * @module
 */
import { startThread, type Thread } from "../../backend/wasm/run/threads.ts";
import { refusals } from "../../errors.ts";

/** What a thread is told to do. */
type Task =
  | { readonly do: "begin"; readonly modules: Modules; readonly sizes: readonly number[] }
  | { readonly do: "sweep" }
  | { readonly do: "mulAdd" | "fma"; readonly rounds: number };

/** What it answers when it is through. */
interface Answer {
  readonly error?: string;
}

/** The compiled loops; `fma` is missing where there is no relaxed SIMD. */
export interface Modules {
  readonly plain: WebAssembly.Module;
  readonly fma?: WebAssembly.Module;
}

/**
 * The body of a thread, as text. It writes to every page, because pages that were never written share one page of
 * zeros, which a sweep would read from the cache.
 */
const BODY = `(post) => {
  let plain = [], fma, sizes;
  const tasks = {
    begin(task) {
      sizes = task.sizes;
      const pages = (size) => ({ initial: Math.ceil(size / 65536), maximum: 65536 });
      const memories = sizes.map((size) => new WebAssembly.Memory(pages(size)));
      for (const { buffer } of memories) new Uint8Array(buffer).fill(1);
      const make = (module, memory) => new WebAssembly.Instance(module, { env: { memory } }).exports;
      plain = memories.map((memory) => make(task.modules.plain, memory));
      fma = task.modules.fma && make(task.modules.fma, memories[0]);
    },
    sweep() { plain.forEach(({ sweep }, i) => sweep(0, sizes[i])); },
    mulAdd({ rounds }) { plain[0].mulAdd(rounds); },
    fma({ rounds }) { fma.fma(rounds); },
  };
  return (task) => {
    try { tasks[task.do](task); post({}); } catch (error) { post({ error: String(error) }); }
  };
}`;

/** Threads that work together: a task is done when the last of them has done its part. */
export class ThreadTeam {
  readonly #threads: readonly Thread[];
  #left = 0;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  private constructor(count: number) {
    const fail = (got: string) => {
      const error = refusals("bench").unsupported("threads", "threads that measure limits", got);
      this.#reject(error);
    };
    const events = {
      onMessage: ({ error }: Answer) => {
        if (error !== undefined) fail(error);
        else if (--this.#left === 0) this.#resolve();
      },
      onEnd: fail,
    };
    this.#threads = Array.from({ length: count }, () => startThread<Answer>(BODY, events));
  }

  /**
   * Starts as many as there are lists of `sizes`: the bytes of each memory of a thread.
   * @throws {UnsupportedError} if there is no memory, or there are no threads.
   */
  static async start(modules: Modules, sizes: readonly (readonly number[])[]): Promise<ThreadTeam> {
    const team = new ThreadTeam(sizes.length);
    try {
      await team.#ask((thread) => ({ do: "begin", modules, sizes: sizes[thread] }));
    } catch (error) {
      team.end();
      throw error;
    }
    return team;
  }

  /** Seconds until all have done `task`. */
  async time(task: Exclude<Task, { readonly do: "begin" }>): Promise<number> {
    const begin = performance.now();
    await this.#ask(() => task);
    return (performance.now() - begin) / 1000;
  }

  async #ask(taskOf: (thread: number) => Task): Promise<void> {
    this.#left = this.#threads.length;
    for (const thread of this.#threads) thread.hold(true);
    try {
      await new Promise<void>((resolve, reject) => {
        [this.#resolve, this.#reject] = [resolve, reject];
        for (const [i, thread] of this.#threads.entries()) thread.post(taskOf(i));
      });
    } finally {
      for (const thread of this.#threads) thread.hold(false);
    }
  }

  end(): void {
    for (const thread of this.#threads) thread.terminate();
  }
}
