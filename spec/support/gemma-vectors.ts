/**
 * What Gemma's own `tokenizer.model` makes of texts, by id, without `<bos>`. Collected from the
 * tests of transformers (tests/models/gemma/test_tokenization_gemma.py), of transformers.js
 * (packages/transformers/tests/models/gemma/test_tokenization_gemma.js), the documentation of
 * keras-hub and the colabs of google-deepmind/gemma. Those that only Hugging Face's tokenizer gives
 * (it parses `<eos>` in text), and one that other sources contradict, are left out.
 */
export const ENCODE: readonly (readonly [text: string, ids: readonly number[]])[] = [
  ["This is a test", [1596, 603, 476, 2121]],
  ["A sample test", [235280, 6453, 2121]],
  ["", []],
  [" ", [235248]],
  ["  ", [139]],
  ["hello", [17534]],
  [" hello", [25612]],
  [" Hello", [25957]],
  ["Hi  Hello", [2151, 139, 4521]],
  ["Hi   Hello", [2151, 140, 4521]],
  ["Hello world!", [4521, 2134, 235341]],
  ["Hello World", [4521, 3855]],
  ["<s> Hello<s>how", [204, 25957, 204, 1139]],
  [" <s> Hello<s> how", [235248, 204, 25957, 204, 1368]],
  [" ▁", [139]],
  ["\t", [226]],
  ["\t\t", [255969]],
  ["\t\t\t\t", [255971]],
  [" \n", [235248, 108]],
  ["\n\t\n", [108, 226, 108]],
  ["\t\t\t\t \n\n61", [255971, 235248, 109, 235318, 235274]],
  ["\ttabs\t\t\t\tout here", [226, 31973, 255971, 745, 1517]],
  ["           grabbed", [148, 59031, 2907]],
  ["grabbed", [59031, 2907]],
  [" grabbed", [41939]],
  ["   leading space", [140, 26650, 3641]],
  ["trailing space   ", [100504, 3641, 140]],
  ["生活的真谛是", [122182, 235710, 245467, 235427]],
  ["镇", [237796]],
  ["🦙", [250645]],
  ["🦙Ꙋ", [250645, 451, 370, 355]],
  ["Ꙋ🦙", [451, 370, 355, 250645]],
  ["The quick brown fox.", [651, 4320, 8426, 25341, 235265]],
  [
    "The quick brown fox jumps over the lazy dog.",
    [651, 4320, 8426, 25341, 36271, 1163, 573, 27894, 5929, 235265],
  ],
  [" The quick brown fox jumped.", [714, 4320, 8426, 25341, 32292, 235265]],
  ["Derinkuyu is an underground city.", [8636, 979, 78904, 603, 671, 30073, 3413, 235265]],
  ["How are you doing?", [2299, 708, 692, 3900, 235336]],
  ["You should've done this", [2045, 1412, 235303, 524, 3015, 736]],
  ["0123456789", [235276, 235274, 235284, 235304, 235310, 235308, 235318, 235324, 235321, 235315]],
  [
    "The company was founded in 2016.",
    [651, 3277, 729, 18942, 575, 235248, 235284, 235276, 235274, 235318, 235265],
  ],
  [
    "A\n'll !!to?'d''d of, can't.",
    [
      ...[235280, 108, 235303, 529, 9063, 511, 18016, 235258, 3404, 235258, 576, 235269, 798],
      ...[235303, 235251, 235265],
    ],
  ],
  ["def main():\n\tpass", [1293, 1872, 4409, 108, 226, 3095]],
  ["ax\n####\nboo", [1247, 108, 3308, 108, 31931]],
  [
    "let a = obj.toString();\ntoString();",
    [1243, 476, 589, 6555, 235265, 7114, 821, 108, 7114, 821],
  ],
  ["UNwantéd,running", [2019, 29007, 45346, 235269, 23655]],
  ["1\u00002\uFFFD3", [235274, 217, 235284, 236193, 235304]],
  [
    "I bought an apple for $1.00 at the store.",
    [235285, 8989, 671, 15491, 604, 697, 235274, 235265, 235276, 235276, 696, 573, 4659, 235265],
  ],
  [
    "test $1 R2 #3 €4 £5 ¥6 ₣7 ₹8 ₱9 test",
    [
      ...[2195, 697, 235274, 625, 235284, 1700, 235304, 8296, 235310, 5955, 235308, 74393, 235318],
      ...[235248, 252058, 235324, 56712, 235321, 235248, 243132, 235315, 2121],
    ],
  ],
  ["you…  ", [4747, 235417, 139]],
  ["you…\u00a0\u00a0", [4747, 235417, 25445]],
  ["weird ～ edge ～ case", [102422, 134012, 8541, 134012, 2270]],
  ["▁This ▁is ▁a ▁test ▁.", [1417, 139, 502, 139, 235250, 139, 2195, 139, 235265]],
  [
    "<|im_start|>user\nHello!<|im_end|>\n",
    [
      ...[235322, 235371, 571, 235298, 2997, 73786, 1645, 108, 4521, 149907, 235371, 571, 235298],
      ...[615, 73786, 108],
    ],
  ],
  [
    "BERT is designed to pre-train deep bidirectional representations from unlabeled text by jointly conditioning on both left and right context in all layers.",
    [
      ...[25894, 603, 6869, 577, 953, 235290, 8297, 5271, 209099, 41642, 774, 748, 78253, 2793],
      ...[731, 51506, 34346, 611, 2145, 2731, 578, 1833, 4807, 575, 832, 16630, 235265],
    ],
  ],
  ["The capital of France is", [651, 6037, 576, 6081, 603]],
  ["Two plus two equals", [9069, 2755, 1378, 20717]],
  ["Once upon a time, there was a", [14326, 3054, 476, 1069, 235269, 1104, 729, 476]],
];

export const DECODE: readonly (readonly [ids: readonly number[], text: string])[] = [
  [[869], "og"],
  [[30112, 869], " expenditureog"],
  [[4567], "Med"],
];

/** Pieces that other code refers to by number. */
export const PIECES: readonly (readonly [id: number, piece: string])[] = [
  [0, "<pad>"],
  [1, "<eos>"],
  [2, "<bos>"],
  [3, "<unk>"],
  [106, "<start_of_turn>"],
  [107, "<end_of_turn>"],
  [108, "\n"],
  [138, "\n".repeat(31)],
  [139, "▁▁"],
  [168, "▁".repeat(31)],
  [204, "<s>"],
  [217, "<0x00>"],
  [472, "<0xFF>"],
  [1645, "user"],
  [2516, "model"],
  [235248, "▁"],
];
