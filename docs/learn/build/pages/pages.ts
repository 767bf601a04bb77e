/**
 * The pages that are written, in their order.
 * @module
 */
import type { PageParts } from "../page-parts.ts";
import { road } from "./00-road.ts";
import { tokens } from "./01-tokens.ts";
import { embedding } from "./02-embedding.ts";
import { rmsnorm } from "./03-rmsnorm.ts";
import { projections } from "./04-projections.ts";
import { attention } from "./05-attention.ts";
import { rope } from "./06-rope.ts";
import { heads } from "./07-heads.ts";
import { geglu } from "./08-geglu.ts";
import { block } from "./09-block.ts";
import { logits } from "./10-logits.ts";
import { sampling } from "./11-sampling.ts";
import { kvCache } from "./12-kv-cache.ts";
import { chat } from "./13-chat.ts";
import { rightOrFluent } from "./14-right-or-fluent.ts";
import { fromHere } from "./15-from-here.ts";
import { benchmarks } from "./16-benchmarks.ts";
import { gradient } from "./17-gradient.ts";
import { training } from "./18-training.ts";
import { alignment } from "./19-alignment.ts";
import { memorization } from "./20-memorization.ts";

export const PAGES: readonly PageParts[] = [
  road,
  tokens,
  embedding,
  rmsnorm,
  projections,
  attention,
  rope,
  heads,
  geglu,
  block,
  logits,
  sampling,
  kvCache,
  chat,
  rightOrFluent,
  fromHere,
  benchmarks,
  gradient,
  training,
  alignment,
  memorization,
];
