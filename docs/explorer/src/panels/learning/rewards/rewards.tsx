/**
 * Learning from rewards: 400 answers under the reference, under what is learnt of it, and under the best policy there is.
 * @module
 */
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ANSWERS_FILE } from "../../../model-files.ts";
import { SliderField } from "../../../parts/slider-field.tsx";
import { beta, change, steps } from "../../../state.ts";
import { fetchText, MOST_STEPS } from "../learning.ts";
import { best, learnt, type Policy, policyOf, type World } from "./world.ts";
import "./style.css";

const BETA = 0.5;
const STEPS = 20;
/** Answers that are listed. */
const LISTED = 6;
/** The height of a strip, in its own units. */
const HEIGHT = 48;

const world = signal<World | undefined>(undefined);
const failure = signal<string | undefined>(undefined);

async function load(): Promise<void> {
  try {
    world.value ??= JSON.parse(await fetchText(ANSWERS_FILE));
  } catch (error) {
    failure.value = `the answers did not arrive: ${(error as Error).message}`;
  }
}

export function Rewards() {
  useEffect(() => void load(), []);
  const known = world.value;
  if (known) return <Known world={known} />;
  return <p class="card wait">{failure.value ?? "The answers are on their way."}</p>;
}

function Known({ world: known }: { world: World }) {
  const [price, count] = [beta.value ?? BETA, steps.value ?? STEPS];
  const policies = useMemo(() => {
    const of = (logprobs: ArrayLike<number>) => policyOf(known, logprobs, price);
    return [of(known.reference), of(learnt(known, price, count)), of(best(known, price))] as const;
  }, [known, price, count]);
  const captions = ["Before", `After ${count} ${count === 1 ? "step" : "steps"}`, "The best"];
  return (
    <>
      <p class="lead">
        Eight words, at most three said: 400 answers. A plum earns 1, a thorn costs ¼, an end earns
        ½, and each nat away from the reference costs β. In a step each answer gets likelier by e
        <sup>A/10</sup>, A being what it earns beyond the mean. Nothing is learnt from the second
        opinion: it wants an end, and one plum only.
      </p>
      <div class="learning-grid">
        <section class="card strips" aria-label="All answers">
          {policies.map((policy, i) => (
            <Strip key={i} name={captions[i]} policy={policy} />
          ))}
          <p class="muted ends">
            <span>reward −0.75</span>
            <span>height: root of the chance</span>
            <span>3</span>
          </p>
        </section>
        <section class="card settings" aria-label="How it learns">
          <SliderField
            {...{ label: "β", note: "what a nat costs", value: price, from: 0.1, to: 4, step: 0.1 }}
            set={(to) => change({ beta: to === BETA ? undefined : +to.toFixed(2) })}
          />
          <SliderField
            {...{ label: "Steps", note: "learnt", value: count, from: 1, to: MOST_STEPS, step: 1 }}
            set={(to) => change({ steps: to === STEPS ? undefined : Math.round(to) })}
          />
          <Means policies={policies} />
        </section>
      </div>
      <Likeliest world={known} policies={policies} />
    </>
  );
}

/** A bar an answer, as high as the root of its chance: what is rare is seen. */
function Strip({ name, policy: { p } }: { name: string; policy: Policy }) {
  const bars = Array.from(p, (chance, y) => {
    const height = Math.round(10 * HEIGHT * Math.sqrt(chance)) / 10;
    return height === 0 ? "" : `M${y} ${HEIGHT}v-${height}h1v${height}`;
  });
  return (
    <figure>
      <figcaption>{name}</figcaption>
      <svg viewBox={`0 0 ${p.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={bars.join("")} />
      </svg>
    </figure>
  );
}

/** Before, after the steps, and the best. */
type Policies = readonly Policy[];
const NAMES = ["before", "now", "best"];

const ROWS: readonly (readonly [string, (policy: Policy) => string])[] = [
  ["mean reward", ({ reward }) => reward.toFixed(2)],
  ["KL", ({ kl }) => Math.abs(kl).toFixed(2)],
  ["reward − β KL", ({ objective }) => objective.toFixed(2)],
  ["ends", ({ ends }) => percent(ends)],
  ["second opinion", ({ second }) => second.toFixed(2)],
];
const percent = (share: number) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

function Means({ policies }: { policies: Policies }) {
  return (
    <Numbers
      names={NAMES}
      rows={ROWS.map(([name, of]) => [name, ...policies.map(of)])}
      label="Means"
    />
  );
}

function Likeliest(props: { world: World; policies: Policies }) {
  const { answers } = props.world;
  const { policies } = props;
  const [, { p }] = policies;
  const first = Array.from(p.keys()).sort((a, b) => p[b] - p[a]);
  return (
    <section class="card" aria-label="What it says">
      <h3>Likeliest now</h3>
      <Numbers
        names={["reward", ...NAMES]}
        rows={first.slice(0, LISTED).map((y) => {
          const { text, isClosed, reward } = answers[y];
          const chances = policies.map((policy) => percent(policy.p[y]));
          return [
            text ? `${text}${isClosed ? "." : " …"}` : "ends at once",
            reward.toFixed(2),
            ...chances,
          ];
        })}
        label="Answers"
      />
      <p class="muted">“…” did not end: there is no room for a fourth word</p>
    </section>
  );
}

function Numbers(props: {
  label: string;
  names: readonly string[];
  rows: readonly (readonly string[])[];
}) {
  return (
    <table aria-label={props.label}>
      <thead>
        <tr>
          <td />
          {props.names.map((name) => (
            <th key={name} scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map(([name, ...cells]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {cells.map((cell, i) => (
              <td key={i} class="number">
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
