import {
  countOutcomes,
  describeJudge,
  judgedPairs,
  judgePairs,
  preference,
} from "gemma-reference/judge";

const pairs = Array.from({ length: 24 }, (_, i) => ({
  question: `What is ${i} + ${i}?`,
  answers: [`${2 * i}`, i % 4 === 0 ? `It is ${2 * i + 1}, of course.` : `It is ${2 * i}.`],
  better: i % 4 === 0 ? "model_1" : "tie",
}));

// Any function from a prompt to a text may judge; a Gemma goes in its place: judgePairs(gemma, pairs).
const likesLength = (_prompt, { user }) => {
  const [a, b] = [..."AB"].map((name) => user.split(`[Answer ${name} begins]`)[1].indexOf("["));
  return a > b ? "A says more. [[A]]" : "B says more. [[B]]";
};

const judgements = [];
for await (const judgement of judgePairs(likesLength, pairs)) judgements.push(judgement);

const judged = judgedPairs(judgements);
const { rate, interval } = preference(countOutcomes(judged));
console.log("win rate", rate, "interval", interval.map((end) => end.toFixed(3)).join(" to "));
for (const { kind, sentence } of describeJudge(judged).findings)
  console.log(`${kind}: it ${sentence}`);
