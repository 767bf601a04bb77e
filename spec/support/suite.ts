/** The shipped suite, opened once. */
import { materialsOf } from "../../src/conformance/run/run.ts";
import { openTextSuite } from "../../src/conformance/text/text-suite.ts";
import { openSuite } from "../../src/conformance/vectors/suite.ts";
import { fixtureFolder } from "./files.ts";

export const SUITE = await openSuite(fixtureFolder("conformance"));
export const MATERIALS = await materialsOf(SUITE);
export const TEXTS = await openTextSuite(fixtureFolder("conformance"));
