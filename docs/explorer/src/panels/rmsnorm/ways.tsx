/**
 * The norm done right, and in the ways in which it is done wrong: what would come out, and how far it is from the tap.
 * @module
 */
import { activation } from "../../format.ts";
import { Choices } from "../../parts/choices.tsx";
import { change } from "../../state.ts";
import type { Mistake, RmsNorm, Way } from "./question.ts";

const TITLES: Readonly<Record<Mistake | "right", string>> = {
  right: "as Gemma: × (1 + w)",
  "without-one": "the one forgotten: × w",
  "one-twice": "GGUF, one added again: × (2 + w)",
  "eps-outside": "ε outside: ÷ (√mean + ε)",
};

export function Ways({ answer, way }: { answer: RmsNorm; way: Way }) {
  const { ways } = answer;
  return (
    <section class="card" aria-label="Done right, and done wrong">
      <div class="card-title">
        <h3>Do it wrong</h3>
        <p>each with how far it is from what the model had, at most</p>
      </div>
      <Choices
        label="How the norm is done"
        class="ways"
        count={ways.length}
        chosen={ways.indexOf(way)}
        choose={(i) => change({ view: ways[i].mistake })}
        item={(i) => (
          <>
            <span>{TITLES[ways[i].mistake ?? "right"]}</span>
            <b>{ways[i].off === 0 ? "equal ✓" : `off by ${activation(ways[i].off)}`}</b>
          </>
        )}
      />
      <Verdict answer={answer} way={way} />
    </section>
  );
}

function Verdict({ answer, way }: { answer: RmsNorm; way: Way }) {
  const { tap, out, meanSquare, eps, withoutEps } = answer;
  const { mistake, dim, off } = way;
  const far = (
    <>
      Dimension {dim} would be {activation(way.out[dim])} and not {activation(out[dim])}.
    </>
  );
  if (off === 0) {
    return (
      <p class="verdict">
        <b>
          y = <code>{tap}</code>
        </b>{" "}
        in all {out.length} numbers, to the last bit. ε keeps the root from 0. At this size it does
        nothing: the mean of squares is {activation(meanSquare)}, ε is {eps.toFixed(6)}, and without
        it no number would move by more than {activation(withoutEps)}.
      </p>
    );
  }
  return (
    <p class="verdict">
      {mistake === "without-one" && (
        <>
          The classic bug of ports: other models multiply by w, Gemma stores how far the factor is
          from 1. {far}
        </>
      )}
      {mistake === "one-twice" && (
        <>
          Files of Gemma store w; GGUF files store 1 + w. Whoever adds the one to those as well
          multiplies by 2 + w. {far}
        </>
      )}
      {mistake === "eps-outside" && (
        <>
          ε belongs under the root. At this size nobody would see it: the root is{" "}
          {activation(answer.scale)}, ε is {eps.toFixed(6)}. It would count only if all numbers of
          the stream were near 0. {far}
        </>
      )}
    </p>
  );
}
