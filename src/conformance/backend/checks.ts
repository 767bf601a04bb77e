/**
 * All checks of a backend, in the order in which one gets them right: memory and reads, then kernel by kernel, then
 * what needs several, then whole models.
 * @module
 */
import type { Suite } from "../vectors/suite.ts";
import { batchChecks } from "./batch-checks.ts";
import type { Check } from "./check.ts";
import { attentionChecks, mixedCheck } from "./kernels/attention-situations.ts";
import { caseOf, type KernelCase, suiteCases } from "./kernels/case.ts";
import { blockChecks, plainDtypeChecks } from "./kernels/dtypes.ts";
import { argumentChecks, lastPositionCheck, seamChecks } from "./kernels/own-cases.ts";
import { anglesCheck, ropeChecks } from "./kernels/rope-situations.ts";
import { rowChecks } from "./kernels/row-situations.ts";
import { modelChecks } from "./model-checks.ts";
import { cacheChecks } from "./rules/cache.ts";
import { endChecks, memoryChecks } from "./rules/memory.ts";
import { readChecks } from "./rules/read.ts";
import { idsChecks, orderChecks } from "./rules/record.ts";
import { topChecks } from "./rules/top.ts";
import { uploadChecks } from "./rules/upload.ts";
import { uploadLaterChecks } from "./rules/upload-later.ts";

const made = new WeakMap<Suite, readonly Check[]>();

/** The checks of `suite`: made once, as some cases take a while. */
export function checksOf(suite: Suite): readonly Check[] {
  const known = made.get(suite);
  if (known) return known;
  const all = [...kernelChecks(suite), ...modelChecks(suite), ...batchChecks(suite)];
  made.set(suite, all);
  return all;
}

function kernelChecks(suite: Suite): Check[] {
  const cases = suiteCases(suite);
  return [
    ...memoryChecks(),
    ...readChecks(),
    ...cases.flatMap(checksOfCase),
    ...argumentChecks(),
    anglesCheck(caseOf(suite, "t0.rope.last")),
    mixedCheck(suite),
    ...orderChecks(),
    ...idsChecks(),
    ...cacheChecks(),
    ...cases.flatMap(plainDtypeChecks),
    ...blockChecks(),
    ...uploadChecks(),
    ...uploadLaterChecks(),
    ...topChecks(),
    ...seamChecks(),
    lastPositionCheck(),
    ...endChecks(),
  ];
}

function checksOfCase(kase: KernelCase): Check[] {
  if (kase.op === "rope") return ropeChecks(kase);
  return kase.op === "attention" ? attentionChecks(kase) : rowChecks(kase);
}
