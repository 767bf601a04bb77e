/** How well a finder of personal data does on texts that somebody has labelled. @module */
import { findPersonalData, type PersonalDataFinder, type PersonalDatum } from "./personal-data.ts";

/** A text, and all the personal data in it. */
export interface LabelledText {
  /** The text. */
  readonly text: string;
  /** What should be found. A text without any is a trap. */
  readonly found: readonly PersonalDatum<string>[];
}

/** What was right and wrong. A datum counts as found if kind, beginning and end are the same; the same one found twice is once wrong. */
export interface DetectionQuality {
  /** Found, and there. */
  readonly right: number;
  /** Found, and not there. */
  readonly wrong: number;
  /** There, and not found. */
  readonly missed: number;
  /** right / (right + wrong); NaN if nothing was found. */
  readonly precision: number;
  /** right / (right + missed); NaN if nothing is there. */
  readonly recall: number;
}

/** What a finder makes of texts: of each kind, and of all kinds together under "all". */
export async function detectionQuality(
  texts: Iterable<LabelledText>,
  find: PersonalDataFinder = findPersonalData,
): Promise<Map<string, DetectionQuality>> {
  const counts = new Map<string, { right: number; wrong: number; missed: number }>();
  const count = (kind: string, name: "right" | "wrong" | "missed") => {
    for (const one of [kind, "all"]) {
      const own = counts.get(one) ?? { right: 0, wrong: 0, missed: 0 };
      own[name]++;
      counts.set(one, own);
    }
  };
  for (const { text, found: labels } of texts) {
    const found = [...(await find(text))];
    const isSame = (a: PersonalDatum<string>) => (b: PersonalDatum<string>) =>
      a.kind === b.kind && a.begin === b.begin && a.end === b.end;
    for (const [i, one] of found.entries()) {
      const isRight = labels.some(isSame(one)) && !found.slice(0, i).some(isSame(one));
      count(one.kind, isRight ? "right" : "wrong");
    }
    for (const one of labels) if (!found.some(isSame(one))) count(one.kind, "missed");
  }
  return new Map(
    [...counts].map(([kind, { right, wrong, missed }]) => {
      const [precision, recall] = [right / (right + wrong), right / (right + missed)];
      return [kind, { right, wrong, missed, precision, recall }];
    }),
  );
}
