/** @module */
export function ModelTile() {
  return <>To come.</>;
}
