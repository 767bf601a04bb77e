/** Known bugs, to test tests with. @module */
export * from "./mutants.ts";
