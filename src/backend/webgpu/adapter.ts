/**
 * The adapter behind a device: what it is called, and whether it is a GPU at all.
 *
 * Browsers say little, so that pages do not know a visitor by it: a vendor and a family. Dawn in Node has the card in
 * `device`, in lower case with dashes, and its driver in `description`.
 * @module
 */

/** Drivers that play a GPU on the processor; the last is Windows's WARP. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/** Whether the processor plays this GPU: it computes right, and says nothing of a GPU's speed. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  const { vendor, architecture, device, description } = info;
  if (info.isFallbackAdapter) return true;
  return [vendor, architecture, device, description].some((said) => SOFTWARE.test(said ?? ""));
}

/** A number of a device, which names it to nobody: "0x2684". */
const NUMBER = /^0x[0-9a-f]+$/i;

/** What the adapter is called: "nvidia geforce rtx 4090 (NVIDIA 550.54)"; in a browser as much as "nvidia ampere". */
export function describeAdapter(info: GPUAdapterInfo): string {
  const { vendor, architecture, device, description } = info;
  const card = NUMBER.test(device ?? "") ? "" : (device ?? "").replaceAll("-", " ").trim();
  const name = card || [vendor, architecture].filter(Boolean).join(" ");
  if (!name) return description || "an adapter without a name";
  return description ? `${name} (${description})` : name;
}
