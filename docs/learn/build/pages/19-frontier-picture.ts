/**
 * Page 19: reward against KL: what the best policies of all prices have, and the ways of RLOO and DPO towards one of them.
 * @module
 */
import { optimumOf } from "../../../../src/preference/exact/optimum.ts";
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import { ALIGNMENT, dpoPath, rlooPath } from "../learning/small-alignment.ts";
import { type Measured, measure, REFERENCE, REWARDS } from "../learning/small-policy.ts";
import { fixed } from "../text/numbers.ts";

/** The best policy, for a nat at this price. */
export function bestFor(beta: number): Measured {
  return measure(optimumOf(REFERENCE, REWARDS, beta).logprobs);
}

/** Prices that are drawn, with what is written beside them. */
const PRICES = [
  [1, "β = 1"],
  [0.5, "β = ½"],
  [0.25, "β = ¼"],
] as const;

export function frontierPicture(): Picture {
  const [left, top, width, height] = [44, 54, 484, 250];
  const [mostKl, mostReward] = [3.4, 3.2];
  const x = (kl: number) => left + (width * kl) / mostKl;
  const y = (reward: number) => top + (height * (mostReward - reward)) / mostReward;
  const points = (all: readonly Measured[]) =>
    `M${all.map(({ kl, reward }) => `${short(x(kl))} ${short(y(reward))}`).join("L")}`;
  const way = (of: string, all: readonly Measured[]) =>
    element("path", { class: `row ${of}`, "stroke-width": 2, d: points(all) });
  const dot = ({ kl, reward }: Measured, of?: string) =>
    element("circle", {
      class: of,
      fill: of ? undefined : "currentColor",
      cx: x(kl),
      cy: y(reward),
      r: 4,
    });

  const frontier = Array.from({ length: 90 }, (_, i) => bestFor(10 * 0.95 ** i));
  const [rloo, dpo] = [rlooPath(), dpoPath()];
  const [start] = rloo;
  const best = bestFor(ALIGNMENT.beta);
  const key = (words: string, of: string, line: number) => {
    const at = y(0.62) + 20 * line;
    return [
      element("path", { class: of, "stroke-width": 2, d: `M${x(1.62)} ${short(at)}h22` }),
      text(words, x(1.62) + 30, at + 4, { of: "small" }),
    ];
  };
  const rows = [
    ["before", start],
    ...PRICES.map(([beta, name]) => [`the best, ${name}`, bestFor(beta)] as const),
    ["RLOO's last step", rloo.at(-1) as Measured],
    ["DPO's last step", dpo.at(-1) as Measured],
  ] as const;
  return {
    title: "What the best policies earn for leaving the reference, and how RLOO and DPO get there",
    width: WIDTH,
    height: top + height + 48,
    body: [
      text("Mean reward", 16, 26, { of: "bold" }),
      ...[0, 1, 2, 3].flatMap((mark) => [
        element("line", { class: "grid", x1: left, x2: left + width, y1: y(mark), y2: y(mark) }),
        text(String(mark), left - 8, y(mark) + 4, { anchor: "end", of: "small" }),
        text(String(mark), x(mark), top + height + 18, { anchor: "middle", of: "small" }),
      ]),
      element("path", { class: "line", "stroke-width": 2.5, d: points([start, ...frontier]) }),
      text("out of reach: no policy has so much", x(0.12), y(2.65), { of: "small" }),
      text("reward for so little KL", x(0.12), y(2.65) + 15, { of: "small" }),
      way("below", dpo),
      way("above", rloo),
      dot(start),
      text("before", x(start.kl) + 9, y(start.reward) + 14, { of: "small" }),
      ...PRICES.flatMap(([beta, name]) => {
        const place = bestFor(beta);
        return [
          dot(place),
          text(name, x(place.kl) - (beta === ALIGNMENT.beta ? 17 : 8), y(place.reward) - 7, {
            anchor: "end",
            of: "small bold",
          }),
        ];
      }),
      dot(dpo.at(-1) as Measured, "below"),
      dot(rloo.at(-1) as Measured, "above"),
      notice(
        { x: x(best.kl) - 13, y: y(best.reward) - 13, width: 30, height: 26 },
        "where both go",
        { x: x(best.kl) + 2, y: y(best.reward) + 30 },
      ),
      ...key("the best policy of each price β", "line", 0),
      ...key(
        `RLOO: ${ALIGNMENT.steps} steps of ${ALIGNMENT.prompts * ALIGNMENT.group} answers`,
        "row above",
        1,
      ),
      ...key(`DPO: ${ALIGNMENT.steps} steps of ${ALIGNMENT.pairs} pairs`, "row below", 2),
      text("KL divergence from the reference, in nats", left + width / 2, top + height + 36, {
        anchor: "middle",
        of: "small",
      }),
    ],
    table: {
      head: ["policy", "mean reward", "KL", "reward − ½ KL"],
      rows: rows.map(([name, { reward, kl }]) => [
        name,
        fixed(reward, 3),
        fixed(kl, 3),
        fixed(reward - ALIGNMENT.beta * kl, 3),
      ]),
    },
  };
}
