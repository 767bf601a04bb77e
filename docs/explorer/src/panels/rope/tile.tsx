/** @module */
export function RopeTile() {
  return <>To come.</>;
}
