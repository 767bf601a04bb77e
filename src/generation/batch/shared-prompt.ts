/**
 * One prompt of several answers: it is fed once, when the first of them begins, and each goes on from a copy of its cache
 * and from what its last token said of the next. The last to begin takes the cache itself.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import { orAborted } from "../../signals.ts";
import type { AnswerPrompt } from "../answer.ts";
import type { Choosing } from "../step-options.ts";
import { type Fed, nextOf } from "../steps.ts";

/** What is fed, and into how large a cache. */
export interface PromptSetting {
  readonly ids: ArrayLike<number>;
  /** Of each answer's cache. */
  readonly contextLength: number;
  /** What errors call it. */
  readonly name: string;
  /** How the answers' tokens are chosen. */
  readonly choosing: Choosing;
}

/** A prompt of several answers, on a backend that copies caches. */
export class SharedPrompt<Dev extends Handles> {
  readonly #model: Model<Dev>;
  readonly #setting: PromptSetting;
  /** Answers that have not begun. */
  #left: number;
  #feeding: Promise<Fed<Dev>> | undefined;
  /** Nobody waits for it any more. */
  readonly #unwanted = new AbortController();

  /** @param answers how many there are. */
  constructor(model: Model<Dev>, setting: PromptSetting, answers: number) {
    this.#model = model;
    this.#setting = setting;
    this.#left = answers;
  }

  /** The prompt, for one of the answers. */
  share(): AnswerPrompt<Dev> {
    let hasLeft = false;
    let mine: Fed<Dev> | undefined;
    const leave = (): boolean => {
      if (hasLeft) return false;
      hasLeft = true;
      this.#left--;
      return this.#left === 0;
    };
    return {
      feed: async (signal) => {
        const isFirst = this.#feeding === undefined;
        this.#feeding ??= this.#feed();
        const fed = await orAborted(this.#feeding, signal);
        const isLast = leave();
        const reused = isFirst ? 0 : this.#setting.ids.length;
        mine = { ...(isLast ? fed : await this.#copyOf(fed, signal)), reused };
        return mine;
      },
      end: () => {
        mine?.cache.dispose();
        if (!leave()) return;
        this.#unwanted.abort();
        this.#feeding?.then(
          ({ cache }) => cache.dispose(),
          () => {}, // those that waited for it were told
        );
      },
    };
  }

  async #feed(): Promise<Fed<Dev>> {
    const { ids, contextLength, name, choosing } = this.#setting;
    const cache = this.#model.createCache({ contextLength });
    const { signal } = this.#unwanted;
    try {
      const next = await nextOf(this.#model, { ids, cache, name }, choosing, signal);
      return { cache, next, name, reused: 0 };
    } catch (error) {
      cache.dispose();
      throw error;
    }
  }

  async #copyOf({ cache, ...fed }: Fed<Dev>, signal: AbortSignal): Promise<Fed<Dev>> {
    return { ...fed, cache: await this.#model.copyCache(cache, { signal }) };
  }
}
