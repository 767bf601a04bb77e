/**
 * Many questions, some of them under way at the same time, answered in order.
 * @module
 */

/** How the questions are asked. */
export interface InTurn {
  /** Default 1. */
  readonly atOnce?: number;
  readonly signal?: AbortSignal;
}

/**
 * The answers to `questions`, in their order. An error ends it when its turn comes; what else is under way then is waited for, so that
 * nothing goes on behind the back of the caller.
 */
export async function* inTurn<Q, A>(
  questions: readonly Q[],
  answer: (question: Q) => Promise<A>,
  { atOnce = 1, signal }: InTurn,
): AsyncGenerator<A, void> {
  const underWay: Promise<A>[] = [];
  let begun = 0;
  try {
    for (const _ of questions) {
      signal?.throwIfAborted();
      while (underWay.length < atOnce && begun < questions.length) {
        const answered = answer(questions[begun++]);
        answered.catch(() => {}); // whoever waits for it hears of it
        underWay.push(answered);
      }
      yield await (underWay.shift() as Promise<A>);
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
