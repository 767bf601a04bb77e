/** @module */
export function GegluTile() {
  return <>To come.</>;
}
