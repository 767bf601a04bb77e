/**
 * The road: its pages in order, and on which of them each word of the glossary is introduced.
 * @module
 */

export interface RoadPage {
  readonly file: string;
  readonly title: string;
  readonly question: string;
  /** Reading, and doing the exercise. */
  readonly minutes: number;
}

const page = (file: string, title: string, question: string, minutes: number): RoadPage => ({
  ...{ file, title, question, minutes },
});

/** A page stands at its number. Those that are not written yet are listed without a link. */
export const ROAD: readonly RoadPage[] = [
  page("README.md", "A road into Gemma", "What will I have at the end?", 10),
  page("01-tokens.md", "Tokens", "What does the model see of my text?", 25),
  page("02-embedding.md", "Embedding", "What is “Mira” to the model?", 20),
  page("03-rmsnorm.md", "RMSNorm", "Why may the numbers grow?", 25),
  page("04-projections.md", "Query, key, value", "What does a layer do with a vector?", 20),
  page("05-attention.md", "Attention, one head", "How does a token look back?", 40),
  page("06-rope.md", "RoPE", "How does it know where a token stands?", 35),
  page("07-heads.md", "MQA, GQA, MHA", "Why four queries and one key?", 15),
  page("08-geglu.md", "GeGLU", "What does a token think by itself?", 25),
  page("09-block.md", "The block", "How does it know that it is “she”?", 45),
  page("10-logits.md", "Logits and the lens", "How do 128 numbers become a word?", 25),
  page("11-sampling.md", "Sampling", "Which word comes?", 25),
  page("12-kv-cache.md", "KV cache", "Why is the second word cheap?", 30),
  page("13-chat.md", "Chat", "How does a continuation become an answer?", 20),
  page("14-right-or-fluent.md", "Right, or merely fluent?", "How do I know my Gemma is Gemma?", 25),
  page("15-from-here.md", "From here", "Where do I go now?", 20),
  page("16-benchmarks.md", "A benchmark", "How does its number come about, and go wrong?", 25),
  page("17-gradient.md", "The gradient", "What would each number change?", 50),
  page("18-training.md", "Training", "How does a slope become a Gemma?", 40),
  page("19-alignment.md", "Alignment", "How is it told what people like?", 55),
  page("20-memorization.md", "Memorization", "What has it learnt by heart?", 50),
];

/** A word of the glossary. */
export interface Word {
  /** Its heading in glossary.md. */
  readonly word: string;
  /** The page that introduces it, in bold and with a link to the glossary. */
  readonly page: number;
  /** How it occurs in a text: it may not on an earlier page. Words of everyday English only in forms that are not. */
  readonly seen: RegExp;
}

const word = (of: string, on: number, seen: RegExp): Word => ({ word: of, page: on, seen });

export const WORDS: readonly Word[] = [
  word("Parameter", 0, /\bparameters?\b/i),
  word("Block", 0, /\bblocks?\b/i),
  word("Logit", 0, /\blogits?\b/i),
  word("Greedy", 0, /\bgreed(y|ily)\b/i),
  word("Golden", 0, /\bgoldens?\b/i),
  word("Token", 1, /\btokens?\b/i),
  word("BOS", 1, /\bBOS\b|<bos>/),
  word("Embedding", 2, /\bembeddings?\b/i),
  word("Channel", 2, /\bchannels?\b/i),
  word("Residual stream", 2, /\bresidual\b|\bstreams?\b/i),
  word("Tap", 2, /\btaps?\b/i),
  word("bfloat16", 2, /\bbfloat16\b/i),
  word("Gain", 3, /\bgains?\b/i),
  word("Projection", 4, /\bprojections?\b/i),
  word("Query, key, value", 4, /\bquer(y|ies)\b|\bkeys\b/i),
  word("Attention", 5, /\bself-attention\b/i),
  word("Score", 5, /\b(attention|query) scores?\b/i),
  word("Head", 5, /\bheads?\b/i),
  word("Softmax", 5, /\bsoftmax\b/i),
  word("Pattern", 5, /\b(attention )?patterns?\b/i),
  word("RoPE", 6, /\bRoPE\b/),
  word("MQA, GQA, MHA", 7, /\b(MQA|GQA|MHA)\b/),
  word("Neuron", 8, /\bneurons?\b/i),
  word("Gate", 8, /\bgates?\b/i),
  word("MLP", 8, /\bmulti-layer perceptrons?\b/i),
  word("Patching", 9, /\bpatch(es|ed|ing)?\b/i),
  word("Lens", 10, /\blens\b/i),
  word("Attribution", 10, /\battributions?\b/i),
  word("Perplexity", 10, /\bperplexit(y|ies)\b/i),
  word("Temperature", 11, /\btemperatures?\b/i),
  word("Top-p, top-k", 11, /\btop-[pk]\b/i),
  word("Seed", 11, /\bseeds?\b/i),
  word("KV cache", 12, /\bKV cache\b|\bprefill\b/i),
  word("Span", 12, /\bspans?\b/i),
  word("Mutant", 14, /\bmutants?\b/i),
  word("Precision", 14, /\bprecisions?\b/i),
  word("Kernel", 15, /\bkernels?\b/i),
  word("Slot", 15, /\bslots?\b/i),
  word("Handle", 15, /\bhandles\b/i),
  word("Tape", 15, /\btapes?\b/i),
  word("Benchmark", 16, /\bbenchmarks?\b/i),
  word("Standard error", 16, /\bstandard errors?\b/i),
  word("Loss", 17, /\bcross-entropy loss\b|\bloss(es)? of (the|a)\b/i),
  word("Gradient", 17, /\bgradients?\b/i),
  word("Backward pass", 17, /\bbackward pass(es)?\b/i),
  word("Cross-entropy", 17, /\bcross-entropy\b/i),
  word("Learning rate", 18, /\blearning rates?\b/i),
  word("Optimiser", 18, /\boptimi[sz]ers?\b/i),
  word("Fine-tuning", 18, /\bfine-tun(e|ed|ing)\b/i),
  word("LoRA", 18, /\bLoRA\b/),
  word("Reward", 19, /\brewards?\b/i),
  word("Policy", 19, /\bpolic(y|ies)\b/i),
  word("RLHF", 19, /\bRLHF\b/),
  word("KL divergence", 19, /\bKL\b(?! cache)/),
  word("Baseline", 19, /\bbaselines?\b/i),
  word("DPO", 19, /\bDPO\b/),
  word("Memorization", 20, /\bmemori[sz](ed|es|ing|ation)\b/i),
  word("Control", 20, /\bthe control\b|\bcontrol (documents?|corpus)\b/i),
  word("Edit distance", 20, /\bedit distances?\b/i),
  word("Canary", 20, /\bcanar(y|ies)\b/i),
  word("Exposure", 20, /\bexposures?\b/i),
];
