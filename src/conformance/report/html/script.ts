/**
 * The one script of the page. Without it every cell still says its numbers in its title; with it they stand in a bar
 * at the bottom for the cell under the pointer, and stay there for one that was clicked or tapped.
 *
 * It has no `<` and no `&`, so that the page is XML, too; and it never changes the page's markup.
 * @module
 */

export const SCRIPT: string = `
(() => {
  const bar = document.getElementById("detail");
  const show = (event) => {
    const cell = event.target.closest(".map [title], .chip");
    if (!cell) return;
    bar.textContent = cell.dataset.title || cell.title;
    bar.hidden = false;
  };
  for (const place of document.querySelectorAll(".map, .chips")) {
    place.addEventListener("pointerover", show);
    place.addEventListener("click", show);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") bar.hidden = true;
  });
})();
`;

/** For the page's Content-Security-Policy: no other script runs in it. */
export const SCRIPT_HASH: string = "sha256-1r/QNM5HsAvzuboIbEUbHhGDP10NbE91SDLaDZHc0pU=";
