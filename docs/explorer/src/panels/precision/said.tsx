/**
 * What is said after the chosen token, and what follows: the page's own beside the chosen way's.
 * @module
 */
import { overview } from "../../answers.ts";
import { ChanceBars } from "../../parts/chance-bars.tsx";
import { Piece } from "../../parts/piece.tsx";
import { chosenWay, differences, nameAt } from "./measured.ts";
import type { Difference } from "./question.ts";

export function SaidBoth() {
  const { pos } = overview.value;
  const own = differences.value.get(nameAt(0));
  const name = nameAt(chosenWay.value);
  const mine = differences.value.get(name);
  return (
    <section class="card both" aria-label="What is said">
      <h3>The next word, and what follows</h3>
      <div class="sides">
        {own && <Side title={nameAt(0)} of={own} pos={pos} differsAt={mine?.differsAt} />}
        {mine && chosenWay.value > 0 && (
          <Side title={name} of={mine} pos={pos} differsAt={mine.differsAt} />
        )}
      </div>
      {mine && chosenWay.value > 0 && (
        <p>
          {mine.differsAt === undefined
            ? "Both go on with the same words."
            : "At the underlined word rounding decided otherwise. From there on the texts differ."}
        </p>
      )}
    </section>
  );
}

function Side(props: {
  title: string;
  of: Difference;
  pos: number;
  differsAt: number | undefined;
}) {
  const { title, of, pos, differsAt } = props;
  return (
    <div>
      <h4>{title}</h4>
      <ChanceBars chances={of.next[pos] ?? []} isFine />
      <p class="continued">
        {of.continued.map(({ piece }, i) => {
          const isOther = differsAt !== undefined && i >= differsAt;
          return (
            <span key={i} class={isOther ? (i === differsAt ? "first other" : "other") : ""}>
              <Piece piece={piece} />
            </span>
          );
        })}
      </p>
    </div>
  );
}
