/**
 * How the page looks: in a window, on a telephone, on paper; light or dark as the reader's system is. Its colours are those of the page of
 * the conformance suite.
 * @module
 */
import { STEPS, type Step } from "./tokens.ts";

const colours = (of: (step: Step) => string) =>
  STEPS.map((step) => `--${step.name}: ${of(step)};`).join(" ");

const steps = STEPS.map(({ name }) => `.${name} { background: var(--${name}); }`).join("\n");

const MONO = `ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`;

export const STYLE: string = `
:root { color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --text: #1f2328; --faint: #626a73; --line: #dfddd8; --on-last: #1f1206;
  --good: #0b62a8; --good-back: #e3effa; --bad: #a33b0b; --bad-back: #fdeedd; --quiet-back: #efeeeb; ${colours(({ light }) => light)} }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --card: #1b1f25; --text: #e4e6e9; --faint: #9aa3ad; --line: #323840; --on-last: #1b1206;
  --good: #86bdf0; --good-back: #172c42; --bad: #ffa666; --bad-back: #3a2413; --quiet-back: #272c33; ${colours(({ dark }) => dark)} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, body > header > div, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
code, .prompt, .answer, td.text { font: 0.86em/1.6 ${MONO}; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 0 0 0.75rem; overflow-wrap: anywhere; } h3 { font-size: 1rem; margin: 0; }
section { margin: 2.25rem 0; }
p { margin: 0.5rem 0; max-width: 48rem; }
small, .faint, .note { color: var(--faint); }
bdi, h1, td, dd { unicode-bidi: isolate; }
body > header { background: var(--card); border-bottom: 1px solid var(--line); border-top: 6px solid var(--good); padding: 1.5rem 0 1.4rem; }
body > header p { margin: 0; color: var(--faint); font-size: 0.9rem; }
h1 { font-size: 1.7rem; margin: 0.1rem 0 0.6rem; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; margin-top: 0.6rem; } a { color: var(--good); }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.rows { font-size: 0.95rem; }
.rows th { text-align: left; font-weight: normal; color: var(--faint); padding: 0 1rem 0.3rem 0; vertical-align: bottom; }
.rows td { vertical-align: top; border-top: 1px solid var(--line); padding: 0.3rem 1rem 0.3rem 0; }
.rows td:first-child { overflow-wrap: anywhere; } .rows .number { text-align: right; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 0.9rem; font-size: 0.82rem; color: var(--faint); align-items: center; max-width: none; }
.legend strong { color: var(--text); } .legend span { display: inline-flex; align-items: center; gap: 0.35rem; }
.legend b { min-width: 1.25rem; height: 1.05rem; display: inline-block; } .legend b.special { height: auto; }
.tag { font-size: 0.8rem; border-radius: 0.25rem; padding: 0 0.4rem; white-space: nowrap; background: var(--quiet-back); color: var(--faint); margin-right: 0.3rem; }
.tag.good { background: var(--good-back); color: var(--good); }
fieldset { border: 0; padding: 0; margin: 0; min-width: 0; }
.filter { position: absolute; opacity: 0; pointer-events: none; }
.filters { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0.6rem 0; }
.filters label { border: 1px solid var(--line); background: var(--card); border-radius: 1rem; padding: 0.1rem 0.8rem; cursor: pointer; font-size: 0.9rem; }
.filter[value=all]:checked ~ .filters .all, .filter[value=right]:checked ~ .filters .right, .filter[value=wrong]:checked ~ .filters .wrong,
.filter[value=split]:checked ~ .filters .split { background: var(--text); color: var(--page); border-color: var(--text); }
.filter:focus-visible ~ .filters { outline: 2px solid var(--good); outline-offset: 3px; border-radius: 1rem; }
.filter[value=right]:checked ~ .samples .sample:not(.right), .filter[value=wrong]:checked ~ .samples .sample:not(.wrong),
.filter[value=split]:checked ~ .samples .sample:not(.split) { display: none; }
.sample { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 0.4rem; padding: 0.8rem 1rem; margin: 0 0 0.8rem; }
.sample.right { border-left-color: var(--good); } .sample.wrong { border-left-color: var(--bad); }
.sample > header { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; align-items: baseline; justify-content: space-between; margin-bottom: 0.4rem; }
.sample > header p { margin: 0; font-size: 0.86rem; color: var(--faint); max-width: none; } .sample > header b { color: var(--text); }
.sample.right .verdict { color: var(--good); } .sample.wrong .verdict { color: var(--bad); }
.score { margin-right: 0.8rem; white-space: nowrap; }
.prompt, .answer { white-space: pre-wrap; background: var(--page); border-radius: 0.3rem; padding: 0.5rem 0.7rem; margin: 0.3rem 0; }
.special { font: 600 0.8em ${MONO}; border: 1px solid var(--good); color: var(--good); border-radius: 0.25rem; padding: 0 0.25rem; white-space: nowrap; }
.gap { color: var(--faint); }
.t { white-space: pre-wrap; border-radius: 2px; box-shadow: 1px 0 0 var(--card); cursor: default; }
.t.p5 { color: var(--on-last); }
.choices { width: 100%; margin-top: 0.4rem; } .choices th { text-align: right; font-weight: normal; color: var(--faint); font-size: 0.86rem; padding: 0 0.6rem; }
.choices th:first-child { text-align: left; padding-left: 0; }
.choices td { border-top: 1px solid var(--line); padding: 0.25rem 0.6rem; text-align: right; white-space: nowrap; vertical-align: top; font-size: 0.92rem; }
.choices td.text { text-align: left; white-space: normal; padding-left: 0; width: 60%; } .choices td:last-child { text-align: left; white-space: normal; min-width: 13rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2rem 1rem; margin: 0.4rem 0 0; } .facts dt { color: var(--faint); } .facts dd { margin: 0; }
details { margin: 0.3rem 0; } summary { cursor: pointer; color: var(--faint); font-size: 0.9rem; }
footer { color: var(--faint); font-size: 0.85rem; padding-bottom: 4rem; }
${steps}
@media (max-width: 640px) {
  body { font-size: 15px; } main, body > header > div, footer { padding: 0 0.9rem; } h1 { font-size: 1.35rem; }
  .sample { padding: 0.6rem 0.7rem; }
  .choices, .choices tbody { display: block; } .choices thead { display: none; }
  .choices tr { display: flex; flex-wrap: wrap; gap: 0 0.9rem; border-top: 1px solid var(--line); padding: 0.35rem 0; }
  .choices td, .choices td:last-child { border: 0; padding: 0; min-width: 0; } .choices td.text { flex-basis: 100%; width: auto; }
  .choices td[data-label]::before { content: attr(data-label) " "; color: var(--faint); }
  .rows, .rows tbody, .rows tr, .rows td { display: block; } .rows thead { display: none; }
  .rows tr { border-top: 1px solid var(--line); padding: 0.4rem 0; } .rows td { border: 0; padding: 0 0 0.1rem; } .rows td:empty { display: none; }
  .rows .number { text-align: left; } .rows td[data-label]::before { content: attr(data-label) " "; color: var(--faint); }
}
@media print { .filters { display: none; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
