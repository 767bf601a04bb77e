/** @module */
export function TokenizerTile() {
  return <>To come.</>;
}
