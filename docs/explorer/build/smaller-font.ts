/**
 * The page's font, as small as the page needs it: Latin letters and the signs of its own texts, in the weights that it
 * uses. Whole it would be a sixth of all that is loaded beside the model.
 * @module
 */
import subsetFont from "subset-font";
import type { Plugin } from "vite";

/** First and last of the letters that are kept: ASCII, and the Latin letters with accents. */
const KEPT = [
  [0x20, 0x7e],
  [0xa0, 0xff],
] as const;
const SIGNS = "–—‘’“”…•−\u202f";

/** The weights of style/page.css: 400 to 640. */
const WEIGHTS = { wght: { min: 400, max: 640 } };

export function smallerFont(): Plugin {
  const letters = KEPT.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)),
  );
  return {
    name: "smaller-font",
    apply: "build",
    async generateBundle(_, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== "asset" || !asset.fileName.endsWith(".woff2")) continue;
        const text = letters.join("") + SIGNS;
        const whole = Buffer.from(asset.source);
        asset.source = await subsetFont(whole, text, {
          targetFormat: "woff2",
          variationAxes: WEIGHTS,
        });
      }
    },
  };
}
