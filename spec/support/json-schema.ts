/** JSON Schema 2020-12, as far as the schemas of fixtures/conformance use it. An unknown keyword is an error. */

export type Schema = boolean | { readonly [keyword: string]: unknown };

type Check = (value: unknown, argument: never, schema: Record<string, unknown>, at: At) => string[];

/** Where a value is, and the schema that the references of its schema point into. */
interface At {
  readonly path: string;
  readonly root: Schema;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  null: (value) => value === null,
};

const says = (isSo: boolean, { path }: At, what: string) => (isSo ? [] : [`${path}: ${what}`]);
const passing = (value: unknown, schemas: readonly Schema[], at: At) =>
  schemas.filter((schema) => flaws(value, schema, at).length === 0).length;

/** Keywords that say nothing about a value. */
const SILENT = ["$schema", "$defs", "title", "description"];

const CHECKS: Readonly<Record<string, Check>> = {
  $ref(value, ref: string, _, at) {
    const target = ref
      .slice(2)
      .split("/")
      .reduce<unknown>((schema, key) => (schema as Record<string, unknown>)[key], at.root);
    if (target === undefined) throw new Error(`no ${ref}`);
    return flaws(value, target as Schema, at);
  },
  type: (value, names: string | string[], _, at) =>
    says(
      [names].flat().some((name) => TYPES[name](value)),
      at,
      `is no ${names}`,
    ),
  const: (value, only: unknown, _, at) => says(value === only, at, `is not ${only}`),
  enum: (value, all: unknown[], _, at) => says(all.includes(value), at, `is none of ${all}`),
  oneOf: (value, all: Schema[], _, at) => says(passing(value, all, at) === 1, at, "is not one"),
  anyOf: (value, all: Schema[], _, at) => says(passing(value, all, at) > 0, at, "is none of these"),
  required: (value, keys: string[], _, at) =>
    !isObject(value) ? [] : keys.flatMap((key) => says(key in value, at, `has no ${key}`)),
  properties: (value, schemas: Record<string, Schema>, _, at) =>
    !isObject(value)
      ? []
      : Object.keys(schemas)
          .filter((key) => key in value)
          .flatMap((key) => flaws(value[key], schemas[key], inside(at, key))),
  additionalProperties: (value, schema: Schema, { properties = {} }, at) =>
    !isObject(value)
      ? []
      : Object.keys(value)
          .filter((key) => !Object.hasOwn(properties as object, key))
          .flatMap((key) => flaws(value[key], schema, inside(at, key))),
  propertyNames: (value, schema: Schema, _, at) =>
    !isObject(value) ? [] : Object.keys(value).flatMap((key) => flaws(key, schema, at)),
  items: (value, schema: Schema, _, at) =>
    !Array.isArray(value) ? [] : value.flatMap((one, i) => flaws(one, schema, inside(at, `${i}`))),
  minItems: (value, least: number, _, at) =>
    says(!Array.isArray(value) || value.length >= least, at, "is too short"),
  maxItems: (value, most: number, _, at) =>
    says(!Array.isArray(value) || value.length <= most, at, "is too long"),
  minLength: (value, least: number, _, at) =>
    says(typeof value !== "string" || value.length >= least, at, "is too short"),
  maxLength: (value, most: number, _, at) =>
    says(typeof value !== "string" || value.length <= most, at, "is too long"),
  pattern: (value, text: string, _, at) =>
    says(typeof value !== "string" || new RegExp(text, "u").test(value), at, `is not ${text}`),
  minimum: (value, least: number, _, at) =>
    says(typeof value !== "number" || value >= least, at, `is below ${least}`),
  exclusiveMinimum: (value, least: number, _, at) =>
    says(typeof value !== "number" || value > least, at, `is not above ${least}`),
};

function inside({ path, root }: At, key: string): At {
  return { path: `${path}.${key}`, root };
}

/** What is wrong with `value`: nothing if it is as `schema` says. */
export function flaws(
  value: unknown,
  schema: Schema,
  at: At = { path: "$", root: schema },
): string[] {
  if (typeof schema === "boolean") return says(schema, at, "is not allowed");
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    if (SILENT.includes(keyword)) return [];
    if (!Object.hasOwn(CHECKS, keyword)) throw new Error(`${at.path}: unknown keyword ${keyword}`);
    return CHECKS[keyword](value, argument as never, schema, at);
  });
}

/** The schema that stands in `$defs` of `root`, as a schema of its own. */
export function definition(root: Schema, name: string): Schema {
  const { $defs } = root as { $defs: Record<string, Schema> };
  if (!Object.hasOwn($defs, name)) throw new Error(`no definition ${name}`);
  return { $defs, $ref: `#/$defs/${name}` };
}
