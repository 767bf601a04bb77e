/**
 * How the page of a run looks: light or dark as the reader's system is, in a window, on a telephone, on paper.
 * @module
 */

export const STYLE: string = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #ffffff; --text: #1f2328; --faint: #626a73; --line: #dfddd8; --learnt: #0b62a8; --valid: #a33b0b; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --card: #1b1f25; --text: #e4e6e9; --faint: #9aa3ad; --line: #323840; --learnt: #86bdf0; --valid: #ffa666; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, body > header > div, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
body > header { background: var(--card); border-bottom: 1px solid var(--line); border-top: 6px solid var(--learnt); padding: 1.5rem 0 1.4rem; }
body > header p { margin: 0; color: var(--faint); font-size: 0.9rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0.1rem 0 0.6rem; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.25; margin: 0 0 0.5rem; }
section { margin: 2.25rem 0; } p { margin: 0.5rem 0; max-width: 48rem; }
.curve { background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.8rem 0.9rem; }
svg { display: block; width: 100%; height: auto; font-size: 13px; font-variant-numeric: tabular-nums; }
svg text { fill: var(--faint); } svg .grid { stroke: var(--line); stroke-width: 1; }
svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .learnt { stroke: var(--learnt); } svg .valid { stroke: var(--valid); stroke-dasharray: 2 4; } svg circle { fill: var(--valid); }
.legend { display: flex; flex-wrap: wrap; gap: 0 1.2rem; margin: 0 0 0.3rem; color: var(--faint); font-size: 0.9rem; max-width: none; }
.legend b { display: inline-block; width: 1.2rem; border-top: 3px solid var(--learnt); margin-right: 0.4rem; vertical-align: middle; }
.legend .valid b { border-top: 3px dotted var(--valid); }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.92rem; }
th { text-align: right; font-weight: normal; color: var(--faint); padding: 0 0 0.3rem 1.4rem; white-space: nowrap; }
td { text-align: right; border-top: 1px solid var(--line); padding: 0.2rem 0 0.2rem 1.4rem; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2rem 1rem; margin: 0; } dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
footer { color: var(--faint); font-size: 0.85rem; padding-bottom: 4rem; }
@media (max-width: 640px) { body { font-size: 15px; } main, body > header > div, footer { padding: 0 0.9rem; } h1 { font-size: 1.35rem; } svg { font-size: 20px; } }
@media print { * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
