/**
 * Measuring what is too short to be measured: it is done again and again, until that takes long enough.
 * @module
 */

/** How often, and the seconds of all together. */
export interface Repeated {
  readonly times: number;
  readonly seconds: number;
}

/** Repetitions grow by that at most: the first seconds may be those of a start, or 0 to a coarse clock. */
const MOST_GROWTH = 16;

/** As long a measurement is meant to take, in seconds; half of that is long enough. */
const MEANT = 0.1;

/**
 * Times `work` with more and more repetitions, until they take 50 ms: as long, neither a submission nor a clock that
 * counts in 0.1 ms is a hundredth of it.
 * @param work does it so many times → seconds.
 * @param from as many as were enough before.
 */
export async function longEnough(
  work: (times: number) => Promise<number>,
  { from = 1, most }: { readonly from?: number; readonly most: number },
): Promise<Repeated> {
  for (let times = from; ; ) {
    const seconds = await work(times);
    if (seconds >= MEANT / 2 || times >= most) return { times, seconds };
    const growth = Math.min(MOST_GROWTH, Math.max(2, MEANT / seconds));
    times = Math.min(most, Math.ceil(times * growth));
  }
}
