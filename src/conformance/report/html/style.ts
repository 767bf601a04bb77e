/**
 * How the page looks: in a window, on a telephone, on paper; light or dark as the reader's system is.
 * @module
 */
import { SCALE, type Step } from "./scale.ts";

const colours = (of: (step: Step) => string) =>
  SCALE.map((step) => `--${step.name}: ${of(step)};`).join(" ");

/** Text on a step: dark on light colours, and the other way round. */
const ON_DARK_IN_LIGHT = ["s6", "s7", "s8"];
const ON_LIGHT_IN_DARK = ["s5", "s6", "s7", "s8"];

const steps = SCALE.map(({ name }) => {
  return `.${name} { background: var(--${name}); color: var(--on-${name}); }`;
}).join("\n");

const onSteps = (names: readonly string[], text: string, other: string) =>
  SCALE.map(({ name }) => `--on-${name}: ${names.includes(name) ? other : text};`).join(" ");

export const STYLE: string = `
:root { color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --text: #1f2328; --faint: #626a73; --line: #dfddd8;
  --good: #0b62a8; --good-back: #e3effa; --bad: #a33b0b; --bad-back: #fdeedd; --quiet: #5f646b; --quiet-back: #efeeeb;
  ${colours(({ light }) => light)} ${onSteps(ON_DARK_IN_LIGHT, "#241a10", "#ffffff")} }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --card: #1b1f25; --text: #e4e6e9; --faint: #9aa3ad; --line: #323840;
  --good: #86bdf0; --good-back: #172c42; --bad: #ffa666; --bad-back: #3a2413; --quiet: #a4abb3; --quiet-back: #272c33;
  ${colours(({ dark }) => dark)} ${onSteps(ON_LIGHT_IN_DARK, "#f6e9da", "#1b1206")} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header > div, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
code { font: 0.86em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 0 0 0.75rem; }
h3 { font-size: 1rem; margin: 0 0 0.5rem; }
section { margin: 2.25rem 0; }
p { margin: 0.5rem 0; max-width: 48rem; }
small, .faint { color: var(--faint); }
bdi, h1, td, dd { unicode-bidi: isolate; }

header { background: var(--card); border-bottom: 1px solid var(--line); border-top: 6px solid var(--edge); padding: 1.5rem 0 1.4rem; }
header.good { --edge: var(--good); } header.bad { --edge: var(--bad); } header.quiet { --edge: var(--quiet); }
header p.kind { margin: 0; color: var(--faint); font-size: 0.9rem; }
h1 { font-size: 1.7rem; margin: 0.1rem 0 0.6rem; overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: 0.3rem 0.8rem; align-items: baseline; }
h1 .verdict { color: var(--edge); white-space: nowrap; }
h1 small { font-size: 1rem; font-weight: normal; }
.badge { display: flex; flex-wrap: wrap; gap: 1px; margin: 0; padding: 0; list-style: none; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.badge li { padding: 0.15rem 0.6rem; background: var(--quiet-back); }
.badge li:first-child { background: var(--edge); color: var(--card); font-weight: 600; border-radius: 0.35rem 0 0 0.35rem; }
.badge li:last-child { border-radius: 0 0.35rem 0.35rem 0; }

.bug { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--bad); border-radius: 0.4rem; padding: 0.9rem 1.1rem; margin: 0 0 0.9rem; }
.bug.unknown { border-left-color: var(--quiet); }
.bug h3 { font: 600 1.15rem ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.bug.unknown h3 { font: 600 1.05rem/1.3 inherit; font-family: inherit; }
.bug dl, .facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.3rem 1rem; margin: 0; }
.bug dt, .facts dt { color: var(--faint); }
article p { margin: 0.5rem 0 0; }
.bug dd, .facts dd { margin: 0; overflow-wrap: anywhere; max-width: 48rem; }
ul { margin: 0.4rem 0; padding-left: 1.3rem; }
details { margin: 0.8rem 0 0; color: var(--faint); } summary { cursor: pointer; }

.scroll { overflow: auto; max-width: 100%; }
table { border-collapse: collapse; }
.counts { font-variant-numeric: tabular-nums; }
.counts th, .counts td { padding: 0.2rem 0.75rem; text-align: right; white-space: nowrap; }
.counts th[scope=row] { text-align: left; font-weight: normal; padding-left: 0; }
.counts thead th { color: var(--faint); font-weight: normal; font-size: 0.9rem; }
.counts tbody tr { border-top: 1px solid var(--line); }
.counts .good { color: var(--good); font-weight: 600; } .counts .bad { color: var(--bad); font-weight: 600; } .counts .quiet { color: var(--quiet); }

.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 0.9rem; font-size: 0.82rem; color: var(--faint); align-items: center; max-width: none; margin: 0.35rem 0; }
.legend strong { color: var(--text); font-weight: 600; }
.legend .step { display: inline-flex; align-items: center; gap: 0.35rem; }
.legend b { width: 1.25rem; height: 1.05rem; font: 600 10px/1.05rem ui-monospace, monospace; text-align: center; display: inline-block; }
.legend b.none { border: 1px dotted var(--line); }
.legend sup { line-height: 0; font-size: 0.75em; }

.map { font-size: 11px; line-height: 1; border-collapse: separate; border-spacing: 0; }
.scroll:has(.map) { border: 1px solid var(--line); border-radius: 0.4rem; background: var(--card); width: fit-content; padding-right: 0.7rem; padding-bottom: 0.5rem;
  max-width: calc(50vw + min(36rem, 50vw) - 2.6rem); }
.scroll.tall { max-height: 92vh; }
.map td, .map th { padding: 0; }
.map tbody td { width: 21px; min-width: 21px; height: 17px; text-align: center; font: 600 10px/17px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  border-right: 1px solid var(--card); border-bottom: 1px solid var(--card); cursor: default; }
.map td.none { background: radial-gradient(circle at center, var(--line) 1px, transparent 1.5px); }
.map .gap { border-left: 5px solid var(--card); }
.map .own { box-shadow: inset 0 0 0 2px var(--text); }
.map .first { outline: 2px solid var(--text); outline-offset: 1px; position: relative; z-index: 1; border-radius: 1px; }
.legend b.own { box-shadow: inset 0 0 0 2px var(--text); } .legend b.first { outline: 2px solid var(--text); outline-offset: 1px; }
.map tbody th { position: sticky; left: 0; z-index: 2; background: var(--card); text-align: left; font: 11px/17px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  padding: 0 0.7rem; white-space: nowrap; max-width: 19rem; overflow: hidden; text-overflow: ellipsis; }
.map tbody th i { color: var(--faint); font-style: normal; padding-left: 0.35rem; }
.map tbody tr:hover th { color: var(--good); }
.map tr.layer th { font: 600 11px/1 inherit; font-family: inherit; padding: 0.75rem 0.7rem 0.3rem; color: var(--faint); }
.map tr.layer td { height: auto; border: 0; background: none; }
.map thead { position: sticky; top: 0; z-index: 3; background: var(--card); }
.map thead .corner { position: sticky; left: 0; background: var(--card); z-index: 4; }
.map thead .model { padding: 0.6rem 0 0.2rem; text-align: left; font-size: 12px; white-space: nowrap; }
.map thead .vector { vertical-align: bottom; font: 11px/21px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; padding: 0.2rem 0; height: 5.2rem; }
.map thead .vector span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 9rem; overflow: hidden; }
.map thead .status td { text-align: center; font: 700 12px/19px ui-monospace, monospace; border-bottom: 2px solid var(--line); }
.map .status .good { color: var(--good); } .map .status .bad { color: var(--bad); } .map .status .quiet { color: var(--quiet); }

.chips { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.35rem 1rem; margin: 0.5rem 0; align-items: start; }
.chips dt { font: 0.86rem/1.6rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.chips dd { margin: 0; display: flex; flex-wrap: wrap; gap: 3px; }
.chip { font-size: 0.82rem; line-height: 1.6rem; padding: 0 0.55rem; border-radius: 0.25rem; cursor: default; overflow-wrap: anywhere; }
.chip b { font: 600 0.75rem ui-monospace, monospace; margin-left: 0.45rem; }
.chip.own { box-shadow: inset 0 0 0 2px var(--text); } .chip.first { outline: 2px solid var(--text); outline-offset: 1px; }
.chip.good, .tag.good { background: var(--good-back); color: var(--good); }
.chip.bad, .tag.bad { background: var(--bad-back); color: var(--bad); }
.chip.quiet, .tag { background: var(--quiet-back); color: var(--quiet); }
.tag { font-size: 0.8rem; border-radius: 0.25rem; padding: 0 0.4rem; white-space: nowrap; }

.rows { width: 100%; font-size: 0.92rem; }
.rows th { text-align: left; font-weight: normal; color: var(--faint); padding: 0 1rem 0.3rem 0; }
.rows td { vertical-align: top; border-top: 1px solid var(--line); padding: 0.3rem 1rem 0.3rem 0; overflow-wrap: anywhere; }
.rows .faint td { color: var(--faint); }
.rows td:first-child { white-space: nowrap; } .rows td:last-child { color: var(--faint); padding-right: 0; }
footer { color: var(--faint); font-size: 0.85rem; padding-bottom: 4rem; }
#detail { position: fixed; inset: auto 0 0 0; margin: 0; max-width: none; padding: 0.6rem 1.25rem; white-space: pre-line; z-index: 9; max-height: 40vh; overflow: auto;
  background: var(--text); color: var(--page); font: 0.82rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
#detail[hidden] { display: none; }
${steps}

@media (max-width: 640px) {
  body { font-size: 15px; }
  main, header > div, footer { padding: 0 0.9rem; }
  h1 { font-size: 1.35rem; }
  .bug dl, .facts, .chips { grid-template-columns: minmax(0, 1fr); gap: 0.1rem; }
  .bug dd, .facts dd, .chips dd { margin-bottom: 0.45rem; }
  .map tbody th { max-width: 9.5rem; padding: 0 0.4rem; } .map tbody th i { display: none; }
  .counts, .counts tbody { display: block; } .counts thead, .counts td:empty { display: none; }
  .counts tr { display: flex; flex-wrap: wrap; gap: 0 0.9rem; padding: 0.2rem 0; } .counts th[scope=row] { flex-basis: 100%; padding: 0; }
  .counts td { padding: 0; } .counts td::after { content: " " attr(data-status); font-weight: normal; }
  .rows, .rows tbody, .rows tr, .rows td { display: block; } .rows thead { display: none; }
  .rows tr { border-top: 1px solid var(--line); padding: 0.5rem 0; }
  .rows td { border: 0; padding: 0.1rem 0; } .rows td:first-child { white-space: normal; }
}
@media print {
  .scroll { overflow: visible; max-height: none !important; } #detail { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
