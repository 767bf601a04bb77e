/**
 * Names that a pickle may ask for, and the advice for names that are refused.
 * @module
 */

export const ORDERED_DICT = "collections.OrderedDict";

export const SAVE_ALONE =
  "if you trust its origin, load it in Python and save model.state_dict() alone with torch.save";
const DISTRUST =
  "a pickle can run any code; do not load this one with Python unless you trust its origin";

/** Names, and no others of the same modules, that come with models saved whole and records of training. */
const MORE_THAN_TENSORS = [
  /^torch\.([a-z]+\d+|bool|device|Size|_utils\._rebuild_\w+)$/,
  /^torch\.nn\.(modules\.\w+|parameter)\.[A-Z]\w*$/,
  /^(__main__|__torch__\.[\w.]+|transformers(\.\w+){1,3})\.[A-Z]\w*$/,
  /^collections\.(Counter|defaultdict|deque)$/,
  /^(__builtin__|builtins)\.(set|frozenset|complex|bytearray|slice)$/,
  /^numpy\.(dtype|ndarray|(_?core\.)?multiarray\.(scalar|_reconstruct))$/,
  /^(_codecs\.encode|argparse\.Namespace)$/,
];

/** The hint of the error for a name that is refused. */
export function adviceOn(name: string): string {
  return MORE_THAN_TENSORS.some((names) => names.test(name)) ? SAVE_ALONE : DISTRUST;
}
