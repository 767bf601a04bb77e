/** A model of one's own, on its tile. @module */
export function ModelTile() {
  return <>a folder, or a GGUF file</>;
}
