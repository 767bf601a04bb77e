/**
 * A template's syntax tree, followed: statements write text, expressions have values.
 * @module
 */
import { pythonStr, Tuple } from "../../python/literal.ts";
import { filterNamed, passes } from "./filters.ts";
import { methodOf } from "./methods.ts";
import type { Node, Scope } from "./node.ts";
import { operate } from "./operators.ts";
import {
  type Callable,
  defined,
  isDict,
  item,
  items,
  sliced,
  TemplateProblem,
  truth,
  Undefined,
} from "./value.ts";

/** No prompt has a longer list or text; a template from elsewhere shall not fill the memory. */
const LONGEST = 1e6;

const range: Callable = (bounds) => {
  const [start, stop, step = 1] = (bounds.length === 1 ? [0, ...bounds] : bounds) as number[];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= LONGEST)) throw new TemplateProblem("a range that has no end, or is very long");
  return Array.from({ length }, (_, i) => start + i * step);
};

/** Names that every template knows. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  ...{ true: true, false: false, none: null, True: true, False: false, None: null },
  range,
};

/** What a list of statements writes. `{% set %}` changes `scope`, which is the template's own or a loop's. */
export function write(statements: readonly Node[], scope: Map<string, unknown>): string {
  return statements.map((statement) => written(statement, scope)).join("");
}

function written(node: Node, scope: Map<string, unknown>): string {
  switch (node.type) {
    case "Comment":
      return "";
    case "If":
      return write((truth(value(node.test, scope)) ? node.body : node.alternate) as Node[], scope);
    case "For":
      return loop(node, scope);
    case "Set": {
      const { value: name, type } = node.assignee as Node;
      if (type !== "Identifier") throw new TemplateProblem("{% set %} of several names", true);
      const set = node.value ? value(node.value, scope) : write(node.body as Node[], scope);
      scope.set(name as string, set);
      return "";
    }
    default:
      return pythonStr(defined(value(node, scope)));
  }
}

function loop(node: Node, scope: Map<string, unknown>): string {
  const selected = node.iterable as Node;
  const isFiltered = selected.type === "SelectExpression";
  const name = node.loopvar as Node;
  const scopeOf = (one: unknown) => {
    const inner = new Map(scope);
    const names = name.type === "TupleLiteral" ? (name.value as Node[]) : [name];
    const values = name.type === "TupleLiteral" ? items(one) : [one];
    names.forEach(({ value: own }, i) => {
      inner.set(own as string, values[i]);
    });
    return inner;
  };
  const all = items(value(isFiltered ? selected.lhs : selected, scope));
  const scopes = all
    .map(scopeOf)
    .filter((inner) => !isFiltered || truth(value(selected.test, inner)));
  if (scopes.length === 0) return write(node.defaultBlock as Node[], scope);
  const { length } = scopes;
  const texts = scopes.map((inner, i) => {
    const position = { index: i + 1, index0: i, revindex: length - i, revindex0: length - i - 1 };
    inner.set("loop", { ...position, first: i === 0, last: i === length - 1, length });
    return write(node.body as Node[], inner);
  });
  return texts.join("");
}

function value(expression: unknown, scope: Scope): unknown {
  const node = expression as Node;
  switch (node.type) {
    case "StringLiteral":
    case "IntegerLiteral":
    case "FloatLiteral":
      return node.value;
    case "ArrayLiteral":
      return (node.value as Node[]).map((one) => defined(value(one, scope)));
    case "TupleLiteral":
      return Tuple.from(node.value as Node[], (one) => defined(value(one, scope)));
    case "ObjectLiteral": {
      const entries = [...(node.value as Map<Node, Node>)];
      return Object.fromEntries(
        entries.map(([key, one]) => [pythonStr(value(key, scope)), defined(value(one, scope))]),
      );
    }
    case "Identifier": {
      const name = node.value as string;
      if (scope.has(name)) return scope.get(name);
      return Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : new Undefined(name);
    }
    case "MemberExpression":
      return member(node, scope);
    case "CallExpression":
      return called(node, scope);
    case "FilterExpression": {
      const filter = node.filter as Node;
      const isCall = filter.type === "CallExpression";
      const [positional, named] = isCall ? argumentsOf(filter, scope) : [[], {}];
      const { value: name } = (isCall ? filter.callee : filter) as Node;
      return filterNamed(name as string)(value(node.operand, scope), positional, named);
    }
    case "TestExpression": {
      const passed = passes((node.test as Node).value as string, value(node.operand, scope));
      return passed !== Boolean(node.negate);
    }
    case "UnaryExpression":
      return unary((node.operator as { value: string }).value, value(node.argument, scope));
    case "BinaryExpression":
      return binary(node, scope);
    case "Ternary":
      return value(truth(value(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
    case "SelectExpression":
      // "x if y" without an else: nothing where y is false.
      return truth(value(node.test, scope)) ? value(node.lhs, scope) : "";
    default:
      throw new TemplateProblem(`a ${node.type}`, true);
  }
}

function member(node: Node, scope: Scope): unknown {
  const owner = defined(value(node.object, scope));
  const property = node.property as Node;
  if (node.computed && property.type === "SliceExpression") {
    const bounds = [property.start, property.stop, property.step].map((bound) =>
      bound === undefined ? undefined : value(bound, scope),
    );
    return sliced(owner, bounds[0], bounds[1], bounds[2]);
  }
  const key = node.computed ? defined(value(property, scope)) : property.value;
  const method = typeof key === "string" ? methodOf(owner, key) : undefined;
  const found = item(owner, key);
  // "a.items" is a method even if there is a field of that name; "a['items']" is the field.
  const chosen = node.computed ? (found ?? method) : (method ?? found);
  if (chosen !== undefined) return chosen;
  const isThere = isDict(owner) && typeof key === "string" && Object.hasOwn(owner, key);
  return isThere ? null : new Undefined(pythonStr(key));
}

function called(node: Node, scope: Scope): unknown {
  const callee = value(node.callee, scope);
  if (typeof callee === "function") return (callee as Callable)(...argumentsOf(node, scope));
  const name = callee instanceof Undefined ? callee.name : pythonStr(callee);
  throw new TemplateProblem(`the function or method ${name}`, true);
}

function argumentsOf(node: Node, scope: Scope): Parameters<Callable> {
  const positional: unknown[] = [];
  const named: Record<string, unknown> = {};
  for (const argument of node.args as Node[]) {
    if (argument.type === "KeywordArgumentExpression") {
      named[(argument.key as Node).value as string] = defined(value(argument.value, scope));
    } else positional.push(defined(value(argument, scope)));
  }
  return [positional, named];
}

function unary(operator: string, argument: unknown): unknown {
  if (operator === "not") return !truth(argument);
  if (operator === "-" && typeof argument === "number") return -argument;
  if (operator === "+" && typeof argument === "number") return argument;
  throw new TemplateProblem(`the sign ${operator}`, true);
}

function binary(node: Node, scope: Scope): unknown {
  const { value: operator } = node.operator as { value: string };
  const left = value(node.left, scope);
  if (operator === "and") return truth(left) ? value(node.right, scope) : left;
  if (operator === "or") return truth(left) ? left : value(node.right, scope);
  return operate(operator, left, value(node.right, scope));
}
