/** @module */
export function OffTile() {
  return <>To come.</>;
}
