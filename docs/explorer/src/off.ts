/**
 * Parts of the model that are switched off, and how they are written in a link: `2.1,2m,0u312` is head 1 of layer 2, the
 * MLP of layer 2, and unit 312 of the MLP of layer 0. `none` says that all are on, where the page would have some off.
 * @module
 */
export type OffPart =
  | { readonly kind: "head"; readonly layer: number; readonly head: number }
  | { readonly kind: "mlp"; readonly layer: number }
  | { readonly kind: "unit"; readonly layer: number; readonly unit: number };

export type Off = readonly OffPart[];

const NONE = "none";

export function offText(off: Off): string {
  return off.length === 0 ? NONE : off.map(partText).join(",");
}

/** 2.1, 2m, 0u312 */
export function partText(part: OffPart): string {
  if (part.kind === "mlp") return `${part.layer}m`;
  return part.kind === "head" ? `${part.layer}.${part.head}` : `${part.layer}u${part.unit}`;
}

export function parseOff(text: string): Off | undefined {
  if (text === NONE) return [];
  const parts: OffPart[] = [];
  for (const one of text.split(",")) {
    const [, layerText, rest] = /^(\d{1,3})(m|[.u]\d{1,6})$/.exec(one) ?? [];
    if (rest === undefined) return undefined;
    const layer = Number(layerText);
    const index = Number(rest.slice(1));
    if (rest === "m") parts.push({ kind: "mlp", layer });
    else if (rest[0] === ".") parts.push({ kind: "head", layer, head: index });
    else parts.push({ kind: "unit", layer, unit: index });
  }
  return parts;
}

/** As a label: head 2.1, MLP of layer 2, unit 312 of layer 0. */
export function partName(part: OffPart): string {
  if (part.kind === "head") return `head ${partText(part)}`;
  return `${part.kind === "mlp" ? "MLP" : `unit ${part.unit}`} of layer ${part.layer}`;
}

/** In a sentence: head 2.1, the MLP of layer 2. */
export const partWords = (part: OffPart): string =>
  `${part.kind === "mlp" ? "the " : ""}${partName(part)}`;

/** head 2.1 and MLP of layer 2; of many, how many. */
export function offWords(off: Off): string {
  return off.length > 2 ? `${off.length} parts` : off.map(partWords).join(" and ");
}

export function isOff(off: Off, part: OffPart): boolean {
  return off.some((one) => partText(one) === partText(part));
}

/** With the part off, if it was on; on, if it was off. */
export function toggled(off: Off, part: OffPart): Off {
  if (!isOff(off, part)) return [...off, part];
  return off.filter((one) => partText(one) !== partText(part));
}

/** Why the model cannot have these off; undefined if it can. */
export function whyNotOff(
  off: Off,
  { layers, heads, units }: { layers: number; heads: number; units: number },
): string | undefined {
  if (off.some(({ layer }) => layer >= layers)) return `there are ${layers} layers`;
  if (off.some((part) => part.kind === "head" && part.head >= heads)) {
    return `there are ${heads} heads in a layer`;
  }
  if (off.some((part) => part.kind === "unit" && part.unit >= units)) {
    return `there are ${units} units in a layer`;
  }
  return undefined;
}
