/** The backend interface, its recorder and its checks. @module */
export * from "./backend.ts";
export * from "./checks.ts";
export * from "./record.ts";
