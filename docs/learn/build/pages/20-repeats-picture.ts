/**
 * Page 20: how many documents come out word by word, against their copies in the training data, for three lengths of prompt.
 * @module
 */
import { type Rate, rateOf } from "../../../../src/audit/estimates/rate.ts";
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import { auditRows, COPIES, PROMPTS, rowsOf } from "../memory/planted-audit.ts";

/** How each length of prompt is drawn: by colour and by form. */
const FORMS: Readonly<Record<number, (x: number, y: number) => string>> = {
  10: (cx, cy) => element("circle", { class: "row below", "stroke-width": 2, cx, cy, r: 3.6 }),
  25: (x, y) => element("path", { class: "line", "stroke-width": 2, d: diamond(x, y) }),
  50: (cx, cy) => element("circle", { class: "above", cx, cy, r: 4.4 }),
};
const LINES: Readonly<Record<number, string>> = { 10: "row below", 25: "line", 50: "row above" };
const diamond = (x: number, y: number) => `M${short(x)} ${short(y - 5)}l5 5l-5 5l-5 -5z`;

export async function repeatsPicture(): Promise<Picture> {
  const rows = await auditRows();
  const [left, top, width, height] = [52, 50, 480, 230];
  const step = width / COPIES.length;
  const x = (place: number, prompt: number) =>
    left + step * (place + 0.5) + 13 * (PROMPTS.indexOf(prompt as (typeof PROMPTS)[number]) - 1);
  const y = (share: number) => top + height * (1 - share);
  const counts = (prompt: number) =>
    COPIES.map((copies) => rateOf(rowsOf(rows, prompt, copies), ({ isExact }) => isExact));

  const series = PROMPTS.flatMap((prompt) => {
    const all = counts(prompt);
    const seen = all.map((one, i) => `${short(x(i, prompt))} ${short(y(one.rate))}`).slice(1);
    return [
      element("path", {
        class: LINES[prompt],
        "stroke-opacity": 0.45,
        d: `M${seen.join("L")}`,
      }),
      ...all.map(({ interval: [from, to] }, i) =>
        element("path", {
          class: LINES[prompt],
          d: `M${short(x(i, prompt))} ${short(y(from))}V${short(y(to))}`,
        }),
      ),
      ...all.map((one, i) => FORMS[prompt](x(i, prompt), y(one.rate))),
    ];
  });
  const keys = PROMPTS.flatMap((prompt, line) => {
    const at = top + 26 + 20 * line;
    return [
      element("path", { class: LINES[prompt], d: `M${left + 74} ${at - 7}v14` }),
      FORMS[prompt](left + 74, at),
      text(`${prompt} tokens given`, left + 86, at + 4, { of: "small" }),
    ];
  });
  const sudden = COPIES.indexOf(8);
  return {
    title: "The more copies in the training data, the more documents come out word by word",
    width: WIDTH,
    height: top + height + 62,
    body: [
      text("Documents whose next 50 tokens come out, all of them", 16, 26, { of: "bold" }),
      ...[0, 0.25, 0.5, 0.75, 1].flatMap((mark) => [
        element("line", { class: "grid", x1: left, x2: left + width, y1: y(mark), y2: y(mark) }),
        text(`${100 * mark} %`, left - 6, y(mark) + 4, { anchor: "end", of: "small" }),
      ]),
      element("line", {
        class: "grid",
        x1: left + step,
        x2: left + step,
        y1: top,
        y2: top + height + 22,
      }),
      ...series,
      ...keys,
      notice(
        { x: left + 5, y: y(0.135), width: step - 10, height: height * 0.135 + 8 },
        "never seen",
        { x: left + step / 2, y: y(0.135) - 7, anchor: "middle" },
      ),
      notice(
        {
          x: left + step * sudden + 6,
          y: y(0.97),
          width: step - 12,
          height: height * 0.6,
        },
        "here it turns",
        { x: left + step * (sudden + 1) + 4, y: y(0.44) },
      ),
      ...COPIES.map((copies, i) =>
        text(
          copies === 0 ? "control" : String(copies),
          left + step * (i + 0.5),
          top + height + 20,
          { anchor: "middle", of: "small bold" },
        ),
      ),
      text(
        "copies in the training data; lines up and down: Wilson’s interval, 95 %",
        left + width / 2,
        top + height + 44,
        { anchor: "middle", of: "small" },
      ),
    ],
    table: {
      head: ["copies", "documents", ...PROMPTS.map((prompt) => `${prompt} given`), "95 % at 50"],
      rows: COPIES.map((copies, i) => {
        const all = PROMPTS.map((prompt) => counts(prompt)[i]);
        return [
          copies === 0 ? "0: the control" : String(copies),
          String(all[0].documents),
          ...all.map(({ count }) => String(count)),
          shares(all[all.length - 1]),
        ];
      }),
    },
  };
}

/** `49–94 %` */
export function shares({ interval: [from, to] }: Rate): string {
  return `${(100 * from).toFixed(0)}–${(100 * to).toFixed(0)} %`;
}
