/**
 * Personal data in texts: what has a form that patterns know and checks confirm, how grave each kind is, and how it is shown without being told. The
 * filter of training data and the memorization audit use it.
 *
 *     import { findPersonalData, maskedAt } from "gemma-reference/personal-data";
 *     maskedAt(text, findPersonalData(text));
 *
 * @module
 */
export {
  type DetectionQuality,
  detectionQuality,
  type LabelledText,
} from "./detection-quality.ts";
export { masked, maskedAt } from "./masked.ts";
export type { TextSpan } from "./matches.ts";
export {
  findPersonalData,
  PERSONAL_KINDS,
  type PersonalDataFinder,
  type PersonalDatum,
  type PersonalKind,
} from "./personal-data.ts";
export {
  type KindOfPersonalData,
  PERSONAL_DATA_KINDS,
  SEVERITIES,
  type Severity,
  severityOf,
} from "./severity.ts";
