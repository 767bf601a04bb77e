/**
 * Patterns of vector ids.
 * @module
 */

/**
 * Whether `text` is what `glob` describes: `*` stands for any characters, also for none, `?` for one, and every other
 * character for itself. It takes time in proportion to both lengths, whatever the pattern.
 */
export function matchesGlob(glob: string, text: string): boolean {
  let [g, t] = [0, 0];
  // Behind the last star, and where the text that it stands for ends so far.
  let [behindStar, end] = [-1, 0];
  while (t < text.length) {
    if (glob[g] === "*") {
      behindStar = ++g;
      end = t;
    } else if (g < glob.length && (glob[g] === "?" || glob[g] === text[t])) {
      g++;
      t++;
    } else if (behindStar >= 0) {
      g = behindStar;
      t = ++end;
    } else return false;
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}
