/** The reference backend. @module */
export * from "./cpu.ts";
