import { conformanceTests, openSuite } from "gemma-reference/conformance";
import { conformanceSuitePath, openFolder } from "gemma-reference/node";
import { afterAll as after, describe, it } from "vitest";
import { myBackend } from "./backend.ts";

const suite = await openSuite(openFolder(conformanceSuitePath()));

conformanceTests(myBackend, suite, { describe, it, after });
