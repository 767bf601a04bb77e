/** @module */
export function WriteTile() {
  return <>To come.</>;
}
