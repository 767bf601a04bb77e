/**
 * A picture as SVG: light and dark, legible wherever it is shown, and with a table behind it.
 *
 * Fill is a value: `ink(share)` for values from 0 on, `hue(value, limit)` for signed ones, blue below 0 and orange above,
 * as in the explorer. Accent is for what is to be noticed.
 * @module
 */

/** A picture, and the numbers behind it. */
export interface Picture {
  /** What there is to see, in a sentence: title and alternative text. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Elements of SVG. */
  readonly body: readonly string[];
  readonly table: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
}

/** As wide as a page is in typedoc's site, on a window of 1200 pixels: so text is not scaled down. */
export const WIDTH = 548;

/** An image knows the system's colours only; so it has a ground of its own and fits on any page. */
const STYLE = `
svg{color:#23264f;--ground:#fbfaf6;--below:#1d67a8;--above:#b8471a;--accent:#a3195b;font:12px system-ui,sans-serif}
@media(prefers-color-scheme:dark){svg{color:#e9ebff;--ground:#171a22;--below:#5fb0f5;--above:#ff9a63;--accent:#ff7ab8}}
.ground{fill:var(--ground)}.below{fill:var(--below)}.above{fill:var(--above)}
.row{fill:none}.row.below{stroke:var(--below)}.row.above{stroke:var(--above)}
text{fill:currentColor}.small{font-size:11px}.bold{font-weight:600}.mono{font-family:ui-monospace,monospace}
.faint{opacity:.65}.line{stroke:currentColor;fill:none}.grid{stroke:currentColor;stroke-opacity:.18}
.ring{fill:none;stroke:var(--accent);stroke-width:2}.notice{fill:var(--accent);font-weight:600}
.arrow{fill:none;stroke:var(--accent);stroke-width:2.5}.tip{fill:var(--accent)}
`.trim();

export function svgOf({ title, width, height, body }: Picture): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
<rect class="ground" width="${width}" height="${height}" rx="8"/>
${body.join("\n")}
</svg>
`;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `<name a="b">content</name>`, with numbers to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : value}"`)
    .join("");
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export type Anchor = "start" | "middle" | "end";

/** Text whose baseline is at `y`. */
export function text(
  content: string,
  x: number,
  y: number,
  { anchor, of: names }: { anchor?: Anchor; of?: string } = {},
): string {
  const attributes = { x, y, "text-anchor": anchor === "start" ? undefined : anchor, class: names };
  return element("text", attributes, escapeXml(content));
}

/** The thing to notice: a ring around it, and words beside it. */
export function notice(
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  words: string,
  at: { x: number; y: number; anchor?: Anchor },
): string {
  const ring = element("rect", { class: "ring", x, y, width, height, rx: 6 });
  return ring + text(words, at.x, at.y, { of: "notice", anchor: at.anchor });
}

/** How strong a signed value is drawn, from 0 to 1: by square root, so that small ones are seen. */
export function strength(value: number, limit: number): number {
  return Math.min(1, Math.sqrt(Math.abs(value) / limit));
}

/** To a tenth. */
export const short = (x: number): string => String(Math.round(x * 10) / 10);

export function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
