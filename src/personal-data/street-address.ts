/**
 * Addresses of houses: a number and a street whose name says that it is a street, in the order of the language. Without such a word ("Broadway 5",
 * "Am Markt 3") nothing is found, and neither are towns and postal codes.
 *
 *     English      31 Crow Street, 1600 Pebble Ave.        German, Dutch   Hauptstraße 12, Keizersgracht 5
 *     French       12 bis, rue de la Paix                  Spanish, Italian, Portuguese   Calle Mayor, 5 · Via Roma 3 · Rua Augusta 10
 *
 * @module
 */
import { matches, type TextSpan } from "./matches.ts";
import { OTHER_NUMBER } from "./other-numbers.ts";

const NAME = "\\p{Lu}[\\p{L}'’-]*\\.?";
const STREET =
  "Street|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Place|Pl|Terrace|Ter|Way|Close|Crescent|Cres|Row|Parkway|Pkwy|Highway|Hwy|Alley|Walk|Circle|Cir|Mews|Grove|Gardens";

const ENGLISH = new RegExp(
  `(?<![\\p{L}\\p{N}_.,:/$€£#-])\\d{1,5}(?:-\\d{1,5}|[A-Za-z])? (?:(?:[NSEW]|[NS][EW]|North|South|East|West)\\.? )?(?:(?:${NAME}|\\d{1,3}(?:st|nd|rd|th)) ){1,3}?(?:${STREET})(?![\\p{L}\\p{N}_'’])`,
  "gu",
);
/** Behind these a number of four digits is a year: "in 2008 Wall Street fell". */
const YEAR =
  /(?<!\p{L})(?:in|since|of|by|until|till|during|after|before|early|late|mid|summer|winter|spring|fall|january|february|march|april|may|june|july|august|september|october|november|december)[ -]$/iu;
/** A day, or a number of its own: "On May 5 Main Street closes", "the 7 Wall Street banks". */
const BEFORE =
  /(?<!\p{L})(?:the|these|those|all|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|january|february|march|april|august|september|october|november|december)\.? $/iu;
/** What is counted, or done, if the street is none: "7 Wall Street banks", "the boys Drive me home". */
const AFTER =
  /^ (?:lamps?|lights?|banks|bankers|traders|brokers|firms|shops|stores|houses|homes|corners|blocks|signs|songs|sessions|musicians|markets|stocks|analysts|me|you|us|them|him|home|away|off|through)(?!\p{L})/u;
/** Ordinary words with a capital, at the beginning of a sentence or a title. */
const NO_NAME =
  /^\d+\S* (?:The|A|An|In|On|At|Of|To|And|Or|But|By|For|From|With|Its|His|Her|Their|Miles|Days|Years|Percent|Minutes|Hours|People|Men|Women|Boys|Girls|Guys) /;

const GERMANIC =
  /(?<![\p{L}\p{N}_-])(?:\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|gasse|allee|weg|straat|laan|gracht|plein|kade|-(?:Straße|Strasse|Str\.|Gasse|Allee|Weg|Platz))|(?:Markt|Rathaus|Kirch|Bahnhofs?|Dom|Schloss|Schloß)platz|\p{Lu}\p{L}+e[rns]? (?:Straße|Strasse|Str\.|Gasse|Allee|Weg)) \d{1,4}(?: ?[a-z](?!\p{L}))?(?![\p{N}_]|[.,]\d|[%°]| ?(?:km|m|Meter|Kilometer|Minuten|Stunden|Tage|Jahre|Mal|Uhr|Euro|€)(?!\p{L}))/gu;
/** Words that end like streets and are not: "Umweg 3", "Ausweg 2"; and articles: "Die Allee 5". */
const NO_STREET =
  /^(?:Umweg|Ausweg|Hinweg|Rückweg|Irrweg|Abweg|Mittelweg|Heimweg|Schulweg|Reiseweg|Lernweg|(?:Die|Eine|Diese|Jede|Keine|Meine|Unsere) )/;

const PARTICLE =
  "(?:(?:de la|de l['’]|de los|de las|del|della|delle|dei|degli|de|du|des|do|da|dos|das|d['’]|dell['’])\\s?)?";
const WORDS = `${PARTICLE}${NAME}(?:[ -]${PARTICLE}${NAME}){0,3}`;
const FRENCH = new RegExp(
  `(?<![\\p{L}\\p{N}_.,:/-])\\d{1,4}(?: ?(?:bis|ter|[A-D]))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Aa]llée|[Ii]mpasse|[Qq]uai|[Rr]oute|[Cc]ours) ${WORDS}`,
  "gu",
);
const ROMANCE = new RegExp(
  `(?<![\\p{L}\\p{N}_])(?:[Cc]alle|C/|[Aa]venida|Avda?\\.|[Pp]laza|[Pp]aseo|[Vv]ia(?:le)?|[Pp]iazza|[Cc]orso|[Rr]ua|[Tt]ravessa) ${WORDS}(?:, ?| )(?:n[.º°]{1,2} ?)?\\d{1,4}(?![\\p{L}\\p{N}_]|[.,]\\d| (?!(?:de|del|en|es|y|a|con|para|in|e|è|da|di|per|si|no|na|em|é)(?!\\p{L}))\\p{Ll})`,
  "gu",
);

/** The addresses in a text. */
export function* streetAddresses(text: string): Generator<TextSpan> {
  yield* matches(text, ENGLISH, (match, before, after) => {
    const isYear = /^(?:1[6-9]|20)\d\d /.test(match) && YEAR.test(before);
    // "St." is also the saint: "12 Mount St. Helens".
    const isSaint = / St$/.test(match) && /^\.? \p{Lu}/u.test(after);
    const isOther = OTHER_NUMBER.test(before) || BEFORE.test(before) || AFTER.test(after);
    return !isYear && !isSaint && !isOther && !NO_NAME.test(match);
  });
  yield* matches(text, GERMANIC, (match) => !NO_STREET.test(match));
  yield* matches(text, FRENCH);
  yield* matches(text, ROMANCE);
}
