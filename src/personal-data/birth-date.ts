/**
 * Dates of birth: a date that the calendar has, behind a word that says what it is, in some languages. Day and month may stand in either order
 * where they are numbers.
 * @module
 */
import { matches, type TextSpan } from "./matches.ts";

/** By their first letters, in English, German, French, Spanish, Italian, Portuguese and Dutch. */
const MONTHS: readonly RegExp[] = [
  /^(?:jan|jän|ene|gen|janv)/i,
  /^(?:feb|fév|fev|febbr)/i,
  /^(?:mar|mär|maa|mrt)/i,
  /^(?:apr|avr|abr)/i,
  /^(?:may|mai|mayo|mag|mei)/i,
  /^(?:jun|juin|giu)/i,
  /^(?:jul|juil|lug)/i,
  /^(?:aug|aoû|aou|ago)/i,
  /^(?:sep|set)/i,
  /^(?:oct|okt|ott|out)/i,
  /^(?:nov)/i,
  /^(?:dec|dez|déc|dic)/i,
];
const MONTH =
  "(?:jan|jän|ene|gen|f[eé]v|feb|mar|mär|maa|mrt|apr|avr|abr|ma[iyg]|mei|juin|juil|ju[nl]|giu|lug|a[ug]|ago|se[pt]|o[ck]t|ott|out|nov|d[eéi][cz])[a-zäéû]{0,8}\\.?";
const YEAR = "(?:1[89]|20)\\d\\d";
const DAY = "\\d{1,2}(?:st|nd|rd|th|er|º|\\.)?";

const NUMBERS =
  /(?<![\p{L}\p{N}_.,/-])(?:(?:1[89]|20)\d\d([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.]) ?\d{1,2}\2 ?(?:(?:1[89]|20)\d\d|\d\d))(?![\p{L}\p{N}_]|[-/.]\d)/gu;
const NAMED = new RegExp(
  `(?<![\\p{L}\\p{N}_])(?:${DAY} (?:de |of )?${MONTH},? (?:de |del )?${YEAR}|${MONTH} ${DAY},? ${YEAR})(?![\\p{L}\\p{N}_])`,
  "giu",
);

/** Words that say that somebody is born, and what may stand between: a place, but no end of a sentence and no other number. */
const CUES = [
  "born|d\\.? ?o\\.? ?b\\.?|dates? of birth|birth ?dates?|birthdays?|birth_date|date_of_birth|dateofbirth",
  "geboren|geb\\.|geburtsdatum|geburtstag|née?|date de naissance|naissance",
  "nacid[oa]|nació|fecha de nacimiento|nacimiento|nat[oa]|data di nascita|nascid[oa]|data de nascimento|nascimento",
  "geboortedatum|geb\\. datum|född|født|urodzon[ya]|data urodzenia|родил(?:ся|ась)|дата рождения|生年月日|出生(?:日期)?",
].join("|");
const CUE = new RegExp(`(?<![\\p{L}])(?:${CUES})(?!\\p{L})([^.!?;\\d\\n]{0,32})$`, "iu");
/** As German encyclopedias have it: (* 12. März 1920 in Bonn). */
const STAR = /\(\s?\*\s?$/;
/** Something else that has a date, between the word and the date: "born in Paris, died", "né à Lyon, mort le". */
const OTHER_EVENT =
  /(?<!\p{L})(?:died|death|dead|elected|built|rebuilt|left|met|went|came|won|sold|married|marriage|issued?|expir\p{L}*|valid|until|since|dated|invoice|gest|gestorben|starb|verheiratet|ausgestellt|gültig|morte?|décédée?|mariée?|murió|falleció|casad[oa]|morreu|mort[oa]|sposat[oa])(?!\p{L})|†|(?:and|,)\s+\p{L}+ed(?!\p{L})/iu;

/** The dates of birth in a text. */
export function* birthDates(text: string): Generator<TextSpan> {
  yield* matches(text, NUMBERS, (match, before) => isDate(match) && isBirth(before));
  yield* matches(text, NAMED, (match, before) => isNamedDate(match) && isBirth(before));
}

function isBirth(before: string): boolean {
  const between = CUE.exec(before)?.[1];
  return between === undefined ? STAR.test(before) : !OTHER_EVENT.test(between);
}

function isDate(match: string): boolean {
  const numbers = match.split(/[-/.] ?/).map(Number);
  if (match.search(/\d{4}/) === 0) return exists(numbers[0], numbers[1], numbers[2]);
  const [a, b, year] = numbers;
  return exists(year, b, a) || exists(year, a, b);
}

function isNamedDate(match: string): boolean {
  const year = Number(/\d{4}$/.exec(match)?.[0]);
  const day = Number(/(?<!\d)\d{1,2}(?!\d)/.exec(match)?.[0]);
  const name = match.match(/\p{L}{3,}/gu)?.find((word) => MONTHS.some((month) => month.test(word)));
  return name !== undefined && exists(year, 1 + MONTHS.findIndex((month) => month.test(name)), day);
}

/** Whether the calendar has that day. A year of two digits may be any: 2000 is a leap year. */
function exists(year: number, month: number, day: number): boolean {
  const whole = year < 100 ? 2000 + year : year;
  return (
    month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(whole, month, 0)).getUTCDate()
  );
}
