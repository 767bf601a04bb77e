/**
 * A stream whose next item is made while the last is used.
 * @module
 */

/**
 * The items of `items`, each asked for as soon as the one before has come: while a disk writes one, the next is read. An
 * error comes in its turn. Whoever stops early waits for the item that is under way.
 */
export async function* oneAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = items.next();
      next.catch(() => {}); // it is thrown by the next await, or concerns nobody any more
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
