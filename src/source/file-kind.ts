/**
 * Recognises a file by its first bytes. Files are renamed, downloads answer with a page instead of
 * the file, and `git clone` leaves a three-line pointer where 5 GB should be: an error that says so
 * saves an hour.
 * @module
 */

/** A recognised kind of file. */
export interface FileKind {
  readonly kind:
    | "gguf"
    | "zip"
    | "pickle"
    | "hdf5"
    | "sbs"
    | "npy"
    | "gzip"
    | "lfs-pointer"
    | "html"
    | "refusal"
    | "json"
    | "zeros";
  /** As in "expected …, got a GGUF file". */
  readonly title: string;
  /** The next step. */
  readonly hint: string;
}

/** How many bytes of a file {@link fileKind} looks at. */
export const FILE_KIND_BYTES = 256;

const DOWNLOAD = "download it again; gated models need an accepted licence and a token";
/** The second way writes a single key-value head, as the 2B has (keras-hub: utils/transformers/export/gemma.py). */
export const KERAS_HINT =
  "export it with keras-hub's tools/gemma/export_gemma_to_hf.py; for the 2B, model.export_to_transformers(folder) does as well";
export const FLAX_HINT = "see docs/checkpoints.md, 'Flax', for how to save it as .npz";
export const SBS_HINT = "get the same model in safetensors";

const KINDS: readonly (FileKind & { readonly starts: readonly string[] })[] = [
  {
    kind: "lfs-pointer",
    starts: ["version https://git-lfs"],
    title: "a Git LFS pointer, not the file itself",
    hint: "run `git lfs pull` in the folder it was cloned to",
  },
  {
    kind: "gguf",
    starts: ["GGUF"],
    title: "a GGUF file (llama.cpp's format)",
    hint: "open the file itself",
  },
  {
    kind: "zip",
    starts: ["PK\x03\x04", "PK\x05\x06"],
    title: "a zip archive (a PyTorch checkpoint or an .npz are zip archives)",
    hint: "open a checkpoint of torch or NumPy itself, as one file",
  },
  {
    kind: "pickle",
    starts: ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"],
    title: "a Python pickle (a checkpoint of torch before 1.6)",
    hint: "load it with torch and save it again: that writes a zip archive, which can be read",
  },
  {
    kind: "hdf5",
    starts: ["\x89HDF\r\n"],
    title: "an HDF5 file (Keras weights)",
    hint: KERAS_HINT,
  },
  {
    kind: "sbs",
    starts: ["SBS\n"],
    title: "an .sbs file (gemma.cpp's format)",
    hint: SBS_HINT,
  },
  { kind: "npy", starts: ["\x93NUMPY"], title: "a NumPy .npy file", hint: "read it with readNpy" },
  { kind: "gzip", starts: ["\x1f\x8b"], title: "a gzip file", hint: "unpack it first" },
  {
    kind: "html",
    starts: ["<!doctype", "<html", "<?xml"],
    title: "a web page, which the server sent instead of the file",
    hint: DOWNLOAD,
  },
  {
    kind: "refusal",
    starts: ["access to model", "invalid username", "entry not found", "repository not found"],
    title: "the server's refusal, saved instead of the file",
    hint: DOWNLOAD,
  },
  {
    kind: "json",
    starts: ["{", "["],
    title: "a JSON text (an index, a config, or a server's error message)",
    hint: DOWNLOAD,
  },
  {
    kind: "zeros",
    starts: ["\0".repeat(16)],
    title: "zeros",
    hint: "the space was reserved and the download never finished; download it again",
  },
];

/** The kind of a file whose first bytes are `head`, or `undefined` if they are of no known format. */
export function fileKind(head: Uint8Array): FileKind | undefined {
  const binary = String.fromCharCode(...head.subarray(0, FILE_KIND_BYTES)); // one char per byte
  const text = binary.trimStart().toLowerCase(); // pages and messages may begin with spaces, or with capitals
  const found = KINDS.find(({ starts }) =>
    starts.some((start) => binary.startsWith(start) || text.startsWith(start)),
  );
  return found && { kind: found.kind, title: found.title, hint: found.hint };
}
