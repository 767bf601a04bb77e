/**
 * Recognises a file by its first bytes. Files are renamed, downloads answer with a page instead of
 * the file, and `git clone` leaves a three-line pointer where 5 GB should be: an error that says so
 * saves an hour.
 * @module
 */

/** A recognised kind of file. */
export interface FileKind {
  /** The format, by what the file holds; its name decides nothing. */
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
    | "zeros"
    | "empty"
    | "tar"
    | "compressed"
    | "program"
    | "tflite"
    | "onnx"
    | "openvino"
    | "tensorrt"
    | "ctranslate2";
  /** As in "expected …, got a GGUF file". */
  readonly title: string;
  /** The next step. */
  readonly hint: string;
}

/** How many bytes of a file {@link fileKind} looks at. */
export const FILE_KIND_BYTES = 512;

const DOWNLOAD = "download it again; gated models need an accepted licence and a token";
/** The second way writes a single key-value head, as the 2B has (keras-hub: utils/transformers/export/gemma.py). */
export const KERAS_HINT =
  "export it with keras-hub's tools/gemma/export_gemma_to_hf.py; for the 2B, model.export_to_transformers(folder) does as well";
export const FLAX_HINT = "see docs/checkpoints.md, 'Flax', for how to save it as .npz";
/** For files that other programs run, which nothing turns back. */
export const SAFETENSORS_HINT = "get the same model in safetensors or GGUF";
export const LLAMAFILE_HINT =
  "a llamafile is a zip archive, too: open the .gguf that unzip finds in it, or get that file";
export const UNPACK_HINT = "unpack it first";
export const OLLAMA_HINT =
  "open the file in blobs/ that the model's manifest names as application/vnd.ollama.image.model";
const FOLDER = "open the folder it lies in";

const KINDS: readonly (FileKind & { readonly starts: readonly (string | RegExp)[] })[] = [
  { kind: "empty", starts: [/^$/], title: "an empty file", hint: "download it again" },
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
    hint: SAFETENSORS_HINT,
  },
  { kind: "npy", starts: ["\x93NUMPY"], title: "a NumPy .npy file", hint: "read it with readNpy" },
  { kind: "gzip", starts: ["\x1f\x8b"], title: "a gzip file", hint: UNPACK_HINT },
  { kind: "tar", starts: [/^.{257}ustar/s], title: "a tar archive", hint: UNPACK_HINT },
  {
    kind: "compressed",
    starts: ["\x28\xb5\x2f\xfd", "\xfd7zXZ\0", "BZh", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07"],
    title: "a compressed file (zstd, xz, bzip2, 7z or RAR)",
    hint: UNPACK_HINT,
  },
  {
    kind: "program",
    starts: ["MZ", "\x7fELF", "\xcf\xfa\xed\xfe"],
    title: "a program, such as a llamafile",
    hint: LLAMAFILE_HINT,
  },
  {
    kind: "tflite",
    starts: [/^.{4}TFL3/s, "LITERTLM"],
    title: "a model of LiteRT (TensorFlow Lite, MediaPipe)",
    hint: SAFETENSORS_HINT,
  },
  {
    // A protobuf: field 1, the version, and field 2, the name of what wrote it (onnx/onnx.proto, ModelProto).
    kind: "onnx",
    starts: [/^[\b]\p{Cc}{2}.[a-z]{2}/isu],
    title: "an ONNX model",
    hint: SAFETENSORS_HINT,
  },
  {
    kind: "openvino",
    starts: [/^<\?xml[^>]*>\s*<net /],
    title: "a model of OpenVINO",
    hint: SAFETENSORS_HINT,
  },
  { kind: "tensorrt", starts: ["ftrt"], title: "a TensorRT engine", hint: SAFETENSORS_HINT },
  {
    // Its version, and the name of the class that describes it (CTranslate2: python/ctranslate2/specs/model_spec.py).
    kind: "ctranslate2",
    starts: [/^\p{Cc}{4}.\p{Cc}Transformer/su],
    title: "a model of CTranslate2",
    hint: SAFETENSORS_HINT,
  },
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
    starts: [/^\s*\{.*"application\/vnd\.(docker|ollama)\./s],
    title: "a manifest of ollama",
    hint: OLLAMA_HINT,
  },
  {
    kind: "json",
    starts: [/^\s*\{.*"weight_map"/s],
    title: "the index of a checkpoint in shards",
    hint: FOLDER,
  },
  {
    kind: "json",
    starts: [
      /^\s*\{.*"(added_tokens|added_tokens_decoder|add_bos_token|truncation)"/s,
      /^\s*\{.*"((additional_special|bos|eos|unk|pad)_tokens?|tokenizer_class)"/s,
      /^\s*\{\s*"<[^"]+>":\s*\d/, // added_tokens.json
    ],
    title: "a tokenizer's JSON",
    hint: FOLDER,
  },
  {
    kind: "json",
    starts: [/^\s*\{.*"(image_processor_type|feature_extractor_type|processor_class|do_resize)"/s],
    title: "the settings of a processor of images or sounds",
    hint: "Gemma 1 has none; PaliGemma and its kind compute differently",
  },
  {
    kind: "json",
    starts: [
      /^\s*\{.*"(architectures|model_type|hidden_size|eos_token_id|base_model_name_or_path)"/s,
    ],
    title: "a model's config",
    hint: FOLDER,
  },
  {
    kind: "json",
    starts: ["{", "["],
    title: "a JSON text (a server's error message, perhaps)",
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
    starts.some((start) =>
      typeof start === "string"
        ? binary.startsWith(start) || text.startsWith(start)
        : start.test(binary),
    ),
  );
  return found && { kind: found.kind, title: found.title, hint: found.hint };
}
