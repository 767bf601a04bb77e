/**
 * The program of Node that holds programs in JavaScript. They run in a context of their own that has the language and nothing of
 * Node: no `process`, no `fetch`, no timers, and a `require` that knows `assert` alone, which tests in the style of MultiPL-E
 * (Cassano et al. 2022, arXiv:2208.08227) need. Everything a program can reach is made within the context: a function of ours would
 * lead it to our globals.
 * @module
 */

/** What is made within the context, before the program. */
const INSIDE: string = String.raw`
(() => {
  "use strict";
  const KEPT = 65536;
  let said = "";
  const shown = (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "bigint") return value + "n";
    try { return JSON.stringify(value) ?? String(value); } catch { return String(value); }
  };
  const log = (...values) => {
    if (said.length < KEPT) said += values.map(shown).join(" ") + "\n";
  };
  const kindOf = (value) => Object.prototype.toString.call(value);
  const same = (a, b, strict, seen) => {
    if (strict ? Object.is(a, b) : a == b || (a !== a && b !== b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (kindOf(a) !== kindOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (seen.get(a) === b) return true;
    seen.set(a, b);
    if (a instanceof Date) return a.getTime() === b.getTime();
    if (a instanceof RegExp) return String(a) === String(b);
    if (a instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
    if (a instanceof Number || a instanceof String || a instanceof Boolean) {
      return same(a.valueOf(), b.valueOf(), true, seen);
    }
    if (a instanceof Map || a instanceof Set) {
      if (a.size !== b.size) return false;
      const others = [...b];
      return [...a].every((one) => {
        const at = others.findIndex((other) => same(one, other, strict, seen));
        if (at >= 0) others.splice(at, 1);
        return at >= 0;
      });
    }
    const [keys, others] = [Object.keys(a), Object.keys(b)];
    if (keys.length !== others.length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], strict, seen));
  };
  class AssertionError extends Error {
    name = "AssertionError";
  }
  const demand = (isTrue, message, usual) => {
    if (isTrue) return;
    if (message instanceof Error) throw message;
    throw new AssertionError(message ?? usual);
  };
  const compare = (name, holds) => (a, b, message) => {
    demand(holds(a, b), message, name + ": " + shown(a) + ", " + shown(b));
  };
  const deep = (strict) => (a, b) => same(a, b, strict, new Map());
  const matches = (error, expected) => {
    if (expected === undefined || typeof expected === "string") return true;
    if (expected instanceof RegExp) return expected.test(String(error));
    if (typeof expected === "function") {
      return error instanceof expected || (!Error.isPrototypeOf(expected) && expected(error) === true);
    }
    return Object.keys(expected).every((key) => same(error[key], expected[key], true, new Map()));
  };
  const not = (holds) => (a, b) => !holds(a, b);
  const loose = (a, b) => a == b || (a !== a && b !== b);
  const made = (equal, deepEqual) => {
    const assert = (value, message) => demand(value, message, "not true: " + shown(value));
    return Object.assign(assert, {
      ok: assert,
      AssertionError,
      equal: compare("equal", equal),
      notEqual: compare("notEqual", not(equal)),
      deepEqual: compare("deepEqual", deepEqual),
      notDeepEqual: compare("notDeepEqual", not(deepEqual)),
      strictEqual: compare("strictEqual", Object.is),
      notStrictEqual: compare("notStrictEqual", not(Object.is)),
      deepStrictEqual: compare("deepStrictEqual", deep(true)),
      notDeepStrictEqual: compare("notDeepStrictEqual", not(deep(true))),
      match: (text, pattern, message) => demand(pattern.test(text), message, "no match: " + text),
      fail: (message) => demand(false, message, "failed"),
      throws: (call, expected, message) => {
        try { call(); } catch (error) {
          if (matches(error, expected)) return;
          throw error;
        }
        demand(false, typeof expected === "string" ? expected : message, "nothing was thrown");
      },
      doesNotThrow: (call) => void call(),
    });
  };
  const assert = made(loose, deep(false));
  assert.strict = made(Object.is, deep(true));
  const modules = { assert, "assert/strict": assert.strict };
  const require = (name) => {
    const known = String(name).replace(/^node:/, "");
    if (Object.hasOwn(modules, known)) return modules[known];
    throw new Error("Cannot find module '" + name + "': programs have assert alone");
  };
  const console = { log, info: log, debug: log, warn: log, error: log, table: log, trace: log };
  console.assert = (value, ...rest) => { if (!value) log("Assertion failed", ...rest); };
  const module = { exports: {} };
  const own = { require, console, module, exports: module.exports };
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  return () => said;
})()
`;

/** Reads `{ program }` as JSON from stdin; reports to the file descriptor 3. */
export const JAVASCRIPT_GUARD: string = String.raw`
"use strict";
const { readFileSync, writeSync } = require("node:fs");
const vm = require("node:vm");
const INSIDE = ${JSON.stringify(INSIDE)};
const { program } = JSON.parse(readFileSync(0, "utf8"));
const report = (what) => writeSync(3, JSON.stringify(what) + "\n");
const text = (value) => {
  try { return String(value); } catch { return "an error that cannot be shown"; }
};
const words = (error) => {
  const said = text(error).slice(0, 500);
  let line;
  try { line = /<program>:(\d+)/.exec(String(error.stack))?.[1]; } catch {}
  return said + (line === undefined ? "" : " (line " + line + ")");
};
let error = "";
process.on("unhandledRejection", (reason) => { error ||= words(reason) || "an unhandled rejection"; });
const context = vm.createContext(Object.create(null), { microtaskMode: "afterEvaluate" });
const said = vm.runInContext(INSIDE, context);
const guards = ["a context without Node", "ulimit"];
if (process.permission) guards.push("Node's permissions");
report({ guards });
try {
  vm.runInContext(program, context, { filename: "<program>" });
} catch (thrown) {
  error = words(thrown) || "an error without words";
}
setImmediate(() => {
  process.stdout.write(text(said()), () => {
    report({ error });
    process.exit(0);
  });
});
`;
