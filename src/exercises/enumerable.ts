/**
 * A policy so small that all its answers can be written out: eight words, an answer of three at most, so 400 of them. What is
 * else estimated from samples is a sum here: the mean reward, the best policy, and the mean of an estimate of the gradient.
 *
 * Rewards, J, its gradient and the best policy are of Google's code under PyTorch (`learning/enumerable/exact.npz`).
 * @module
 */
import { allLogits, emptyCache, type PlainModel, stream } from "./gemma.ts";
import type { Parts, Row, Rows, SampledAnswer } from "./parts.ts";

/** A file of goldens. */
export interface Goldens {
  /** An array of two axes. */
  rows(name: string): Rows;
  /** An array of one. */
  numbers(name: string): Row;
}

/** A prompt with the words that were said after it → what is behind its last token. */
interface Behind {
  /** log π of each word that may come, [V]. */
  readonly logprobs: Row;
  /** ∂ log π of each word / ∂ the last norm's weights, [V][D]. */
  readonly slopes: Rows;
}

/** The 400 answers, and what PyTorch says of them. */
export class EnumerablePolicy {
  /** All answers, in the order of the goldens. The arrays are to be copied before they are handed out. */
  readonly answers: readonly SampledAnswer[];
  /** How likely each answer is, [400]. */
  readonly probabilities: Row;
  /** The price of a nat. */
  readonly beta: number;
  /** J's gradient, of the last norm's weights [D]: PyTorch's. */
  readonly gradient: Row;
  /** The best policy, [400]: PyTorch's. */
  readonly optimum: Row;
  readonly #slopes: readonly Rows[];

  /**
   * @param golden `exact.npz`.
   * @param policy the model whose answers they are.
   * @param reference the model that it shall stay near.
   * @param right parts to run them with.
   */
  constructor(golden: Goldens, policy: PlainModel, reference: PlainModel, right: Parts) {
    const [own, other] = [policy, reference].map((model) => knownBehind(model, right));
    const rewards = golden.numbers("rewards");
    // exact.npz has a column a target; a token more stands before those, the prompt's first.
    const masks = golden.rows("mask").map((row) => Float64Array.of(0, ...row));
    const told = golden.rows("ids").map((row, i) => {
      const mask = masks[i].slice(0, masks[i].lastIndexOf(1) + 1);
      const ids = [...row.slice(0, mask.length)];
      const each = <T>(of: (before: readonly number[], id: number) => T): T[] =>
        ids.slice(1).map((id, t) => of(ids.slice(0, t + 1), id));
      const logprobs = (behind: typeof own) =>
        Float64Array.of(0, ...each((before, id) => behind(before).logprobs[id]));
      const answer = {
        ...{ reward: rewards[i], mask },
        ...{ logprobs: logprobs(own), reference: logprobs(other) },
      };
      return { answer, slopes: each((before, id) => own(before).slopes[id]) };
    });
    this.answers = told.map(({ answer }) => answer);
    this.#slopes = told.map(({ slopes }) => slopes);
    this.probabilities = Float64Array.from(this.answers, ({ logprobs, mask }) =>
      Math.exp(logprobs.reduce((sum, logprob, t) => sum + mask[t] * logprob, 0)),
    );
    [this.beta] = golden.numbers("beta");
    this.gradient = golden.numbers("grad.model.norm.weight");
    this.optimum = golden.numbers("optimum_logprobs").map(Math.exp);
  }

  /**
   * The mean of ∂loss/∂ the last norm's weights over all pairs of answers, each as often as the policy says it.
   * @param rloo gives ∂loss/∂ each token's log π, for the answers of a group.
   */
  meanOverPairs(rloo: Parts["rloo"]): Row {
    const { answers, probabilities: p, beta } = this;
    const sums = answers.map(({ mask }) => new Float64Array(mask.length));
    const add = (share: number, i: number, slopes: Row) => {
      for (let t = 0; t < sums[i].length; t++) sums[i][t] += share * slopes[t];
    };
    for (let i = 0; i < answers.length; i++) {
      for (let j = i; j < answers.length; j++) {
        const share = p[i] * p[j] * (i === j ? 1 : 2); // i and j, j and i
        const [first, second] = rloo([answers[i], answers[j]], beta);
        add(share, i, first);
        add(share, j, second);
      }
    }
    const mean = new Float64Array(this.gradient.length);
    sums.forEach((row, i) => {
      this.#slopes[i].forEach((slope, t) => {
        // No slope of the prompt's first token, which nothing comes before.
        for (let d = 0; d < mean.length; d++) mean[d] += row[t + 1] * slope[d];
      });
    });
    return mean;
  }
}

/** Asked for the same beginning often: 57 are all there are. */
function knownBehind(model: PlainModel, right: Parts): (before: readonly number[]) => Behind {
  const known = new Map<string, Behind>();
  return (before) => {
    const key = before.join();
    const found = known.get(key) ?? behind(model, right, before);
    known.set(key, found);
    return found;
  };
}

function behind(model: PlainModel, right: Parts, ids: readonly number[]): Behind {
  const { config, weights } = model;
  const last = ids.length - 1;
  const logits = allLogits(model, right, ids, 0, emptyCache(config))[last];
  const shares = right.softmax(logits);
  // logits[v] = Σ_d normed[d] (1 + w[d]) table[v][d]
  const none = new Float64Array(config.hiddenSize);
  const x = stream(model, right, ids, 0, emptyCache(config))[last];
  const normed = right.rmsNorm(x, none, config.rmsNormEps);
  const mean = none.map((_, d) =>
    shares.reduce((sum, share, v) => sum + share * weights.embedTokens[v][d], 0),
  );
  return {
    logprobs: shares.map(Math.log),
    slopes: weights.embedTokens.map((row) => row.map((e, d) => normed[d] * (e - mean[d]))),
  };
}
