/** Several streams as one. @module */

/**
 * The values of all `streams`, each as soon as it is there. If one fails, or the reader leaves, all are ended first.
 */
export async function* merge<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const pull = (stream: AsyncGenerator<T>) => {
    const next = stream.next().then((result) => ({ stream, result }));
    next.catch(() => {}); // one that fails while the reader is elsewhere is heard when the reader comes back
    return next;
  };
  const pending = new Map(streams.map((stream) => [stream, pull(stream)]));
  try {
    while (pending.size > 0) {
      const { stream, result } = await Promise.race(pending.values());
      if (result.done) pending.delete(stream);
      else {
        pending.set(stream, pull(stream));
        yield result.value;
      }
    }
  } finally {
    await Promise.allSettled([...pending.keys()].map((stream) => stream.return(undefined)));
  }
}
