/**
 * The agenda of BPE: which merge comes next. The best rank first; of equal ranks the leftmost.
 * sentencepiece v0.1.97: src/bpe_model.cc (`SymbolPairComparator`).
 *
 * A binary heap of plain numbers: rank and position are packed into one float64, so that comparing
 * two merges is comparing two numbers. 21 bits of rank and 32 of position fill its 53 exactly.
 * @module
 */

const POSITIONS = 2 ** 32;

/** Pairs waiting to be merged, each as the rank of its piece and the index of its left symbol. */
export class MergeQueue {
  readonly #heap: number[] = [];
  /** The entry that {@link pop} took out. */
  rank = 0;
  left = 0;

  /** @param rank below 2^21, 0 merging first. @param left below 2^32. */
  push(rank: number, left: number): void {
    const heap = this.#heap;
    const key = rank * POSITIONS + left;
    let hole = heap.length;
    heap.push(key);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (heap[parent] <= key) break;
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = key;
  }

  /** Takes the first entry out, into `rank` and `left`; false if the queue is empty. */
  pop(): boolean {
    const heap = this.#heap;
    if (heap.length === 0) return false;
    this.rank = Math.floor(heap[0] / POSITIONS);
    this.left = heap[0] - this.rank * POSITIONS;
    const key = heap.pop()!;
    const length = heap.length;
    let hole = 0;
    for (let child = 1; child < length; child = 2 * hole + 1) {
      if (child + 1 < length && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= key) break;
      heap[hole] = heap[child];
      hole = child;
    }
    if (length > 0) heap[hole] = key;
    return true;
  }
}
