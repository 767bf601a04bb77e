/**
 * Values in error messages. A value of a file or a caller may be a list of a million numbers, nested
 * without end, or beyond JSON; a message must name it all the same.
 * @module
 */

/** How many characters a value takes in a message, about. */
const ROOM = 100;

/**
 * Any value in about a hundred characters: strings and JSON values as JSON, `undefined` as "nothing".
 * Where a value is cut, it says how much is missing. Never throws.
 */
export function brief(value: unknown): string {
  try {
    return shown(value, ROOM);
  } catch {
    return "something that cannot be shown"; // a Proxy, a getter that throws
  }
}

function shown(value: unknown, room: number): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value, room);
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null) return cut(String(value), room);
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)) {
    const list = value as ArrayLike<unknown>;
    return members("[", "]", list.length, (i, left) => shown(list[i], left), room);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    return cut(`an object of class ${value.constructor.name}`, room);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields);
  const member = (i: number, left: number) => {
    const key = quoted(keys[i], left);
    return `${key}: ${shown(fields[keys[i]], left - key.length)}`;
  };
  return members("{", "}", keys.length, member, room);
}

/** As many members as fit; each takes at least one character, so nesting ends too. */
function members(
  open: string,
  close: string,
  count: number,
  member: (i: number, left: number) => string,
  room: number,
): string {
  let text = open;
  for (let i = 0; i < count; i++) {
    const left = room - text.length - " … 1000000 more".length;
    if (left <= 0) return `${text}… ${count - i} more${close}`;
    text += member(i, left) + (i < count - 1 ? ", " : "");
  }
  return text + close;
}

function quoted(text: string, room: number): string {
  let end = Math.min(text.length, Math.max(room, 1));
  // An escape takes six characters.
  while (end > 1 && JSON.stringify(text.slice(0, end)).length > room + 2) end = Math.ceil(end / 2);
  const whole = end === text.length;
  return JSON.stringify(text.slice(0, end)) + (whole ? "" : `… (${text.length} characters)`);
}

function cut(text: string, room: number): string {
  const end = Math.max(room, 20);
  return text.length <= end ? text : `${text.slice(0, end)}… (${text.length} characters)`;
}
