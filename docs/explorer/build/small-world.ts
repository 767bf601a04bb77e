/**
 * The world of page 19 as a file beside the page: 400 answers, what each is worth, and how likely the reference says it.
 * @module
 */
import {
  ANSWERS,
  ENDS,
  REFERENCE,
  REWARDS,
  SECOND,
  WORDS,
} from "../../learn/build/learning/small-policy.ts";
import type { World } from "../src/panels/learning/rewards/world.ts";

/** JSON, with as many digits as a picture shows. */
export function smallWorld(): string {
  const order = [...ANSWERS.keys()].sort(
    (a, b) => REWARDS[a] - REWARDS[b] || REFERENCE[a] - REFERENCE[b],
  );
  const world: World = {
    answers: order.map((y) => {
      const answer = ANSWERS[y];
      const said = answer.filter((id) => WORDS[id] !== "end").map((id) => WORDS[id]);
      return { text: said.join(" "), isClosed: ENDS[y], reward: REWARDS[y], second: SECOND[y] };
    }),
    reference: order.map((y) => Number(REFERENCE[y].toFixed(6))),
  };
  return JSON.stringify(world);
}
