/**
 * Heads and units that are switched off, and how they are written in a link: `2.1,0u312` is head 1 of layer 2 and unit 312
 * of layer 0.
 * @module
 */
export interface Off {
  readonly heads: readonly { readonly layer: number; readonly head: number }[];
  readonly units: readonly { readonly layer: number; readonly unit: number }[];
}

export function offText({ heads, units }: Off): string {
  return [
    ...heads.map(({ layer, head }) => `${layer}.${head}`),
    ...units.map(({ layer, unit }) => `${layer}u${unit}`),
  ].join(",");
}

export function parseOff(text: string): Off | undefined {
  const heads: { layer: number; head: number }[] = [];
  const units: { layer: number; unit: number }[] = [];
  for (const part of text.split(",")) {
    const [, layer, kind, index] = /^(\d{1,3})([.u])(\d{1,6})$/.exec(part) ?? [];
    if (index === undefined) return undefined;
    if (kind === ".") heads.push({ layer: Number(layer), head: Number(index) });
    else units.push({ layer: Number(layer), unit: Number(index) });
  }
  return { heads, units };
}
