/**
 * A reader of XML that takes nothing but elements, quoted attributes, text, and references that XML itself has: what
 * is not well-formed is an error, and so is a character that XML 1.0 forbids.
 */

/** An element. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

/** Anything that XML 1.0 does not have, as itself or as a reference. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const NAME = "[A-Za-z][\\w.:-]*";
const TAG = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>|([^<]+)`, "gy");
const ATTRIBUTE = new RegExp(`(${NAME})="([^"]*)"`, "g");
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** The root of a document. @throws {Error} unless it is well-formed. */
export function parseXml(document: string): Element {
  const body = document.replace(/^<\?xml [^?]*\?>\n|^<!DOCTYPE html>\n/, "").trimEnd();
  const root = { name: "", attributes: {}, children: [] as (Element | string)[] };
  const open: (Element & { children: (Element | string)[] })[] = [root];
  TAG.lastIndex = 0;
  while (TAG.lastIndex < body.length) {
    const begin = TAG.lastIndex;
    const [, isEnd, name, attributes, isEmpty, text] = TAG.exec(body) ?? [];
    const here = open.at(-1) as (typeof open)[number];
    if (text !== undefined) here.children.push(decoded(text));
    else if (name === undefined) throw new Error(`not XML: ${body.slice(begin, begin + 80)}`);
    else if (isEnd) {
      if (here.name !== name) throw new Error(`</${name}> ends <${here.name}>`);
      open.pop();
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [] };
      here.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> does not end`);
  if (root.children.length !== 1) throw new Error(`${root.children.length} roots`);
  return root.children[0] as Element;
}

function attributesOf(text: string): Record<string, string> {
  const entries = [...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, decoded(value)]);
  const attributes = Object.fromEntries(entries);
  if (Object.keys(attributes).length !== entries.length) throw new Error(`twice in ${text}`);
  return attributes;
}

function decoded(text: string): string {
  const decodedText = text.replace(/&([^;]*);?/g, (reference, name: string) => {
    const [, code] = /^#(\d+)$/.exec(name) ?? [];
    const character = code === undefined ? NAMED[name] : String.fromCodePoint(Number(code));
    if (character === undefined || !reference.endsWith(";"))
      throw new Error(`not XML: ${reference}`);
    return character;
  });
  if (FORBIDDEN.test(decodedText)) throw new Error(`a forbidden character in ${text}`);
  return decodedText;
}

/** All elements of that name under `element`, in order. */
export function all(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => {
    if (typeof child === "string") return [];
    return [...(child.name === name ? [child] : []), ...all(child, name)];
  });
}

/** The text under `element`. */
export function textOf(element: Element): string {
  return element.children
    .map((child) => (typeof child === "string" ? child : textOf(child)))
    .join("");
}
