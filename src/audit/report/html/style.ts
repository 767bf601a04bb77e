/** How the page of an audit looks: as that of an evaluation, with a chart and marks. @module */
import { STYLE as EVALUATION } from "../../../evaluation/report/html/style.ts";

export const STYLE: string = `${EVALUATION}
:root { --line-0: #b5460f; --line-1: #0b62a8; --line-2: #5b7d1e; --line-3: #7b4fa3; --mark: #fbe3c8; }
@media (prefers-color-scheme: dark) { :root { --line-0: #ffa666; --line-1: #86bdf0; --line-2: #b4d66b; --line-3: #cba6f0; --mark: #4a2f17; } }
.chart { background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.8rem; }
.chart svg { display: block; width: 100%; height: auto; } .chart text { fill: var(--faint); font-size: 15px; }
.grid { stroke: var(--line); } .control { stroke: var(--faint); stroke-dasharray: 6 5; stroke-width: 2; }
.chart polyline { fill: none; stroke: var(--colour); stroke-width: 2.5; } .chart circle { fill: var(--colour); } .bar { stroke: var(--colour); stroke-width: 1.5; opacity: 0.75; }
${[0, 1, 2, 3].map((i) => `.line-${i} { --colour: var(--line-${i}); }`).join(" ")}
.chart rect { fill: var(--colour); opacity: 0.45; } .beside { --colour: var(--faint); } .chart + .scroll { margin-top: 1rem; }
.key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0.4rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }
.key i { display: inline-block; width: 1.4rem; height: 0; border-top: 3px solid var(--colour); margin-right: 0.4rem; vertical-align: middle; }
.key .dashed { border-top: 2px dashed var(--faint); }
@media (max-width: 640px) { .chart { padding: 0.4rem; } .chart text { font-size: 24px; } .chart circle { r: 8px; } .bar { stroke-width: 3; } }
mark { background: var(--mark); color: inherit; border-radius: 2px; }
.sample.exact { border-left-color: var(--bad); } .sample.exact .verdict { color: var(--bad); } .sample.approximate { border-left-color: var(--line-0); }
.sample p.prompt { max-width: none; } .sample h3 { font-size: 1rem; margin: 0; }
${["exact", "approximate", "other", "control"]
  .map(
    (
      name,
    ) => `.filter[value=${name}]:checked ~ .filters .${name} { background: var(--text); color: var(--page); border-color: var(--text); }
.filter[value=${name}]:checked ~ .samples .sample:not(.${name}) { display: none; }`,
  )
  .join("\n")}
`;
