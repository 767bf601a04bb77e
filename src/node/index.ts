/** Node's side of the library: files and folders on disk, and models from Hugging Face. @module */

export { javascriptRunner } from "./code-runner/javascript-runner.ts";
export type { CodeRunnerOptions } from "./code-runner/limits.ts";
export { pythonRunner } from "./code-runner/python-runner.ts";
export { conformanceSuitePath } from "./conformance-suite.ts";
export { downloadFromHub } from "./download-from-hub.ts";
export { type AnswerFile, withAnswerFile } from "./evaluation/answer-file.ts";
export { readDocuments } from "./evaluation/documents.ts";
export { readRunSamples, writeRun } from "./evaluation/run-folder.ts";
export { fileSource } from "./file-source.ts";
export { openFolder } from "./folder.ts";
export type { HubOptions } from "./hub/options.ts";
export { type OpenPathOptions, openPath } from "./open-path.ts";
export type { ServerOptions } from "./serve/options.ts";
export { type GemmaServer, serve } from "./serve/serve.ts";
export { type ProcessTesteeOptions, processTestee } from "./testee/process-testee.ts";
export { type ServeOptions, serveTestee } from "./testee/serve-testee.ts";
export { tinyModelPath } from "./tiny-model.ts";
export { writeModelFolder } from "./training/model-folder.ts";
export {
  type LoggedStep,
  type TrainingFolder,
  type TrainingFolderOptions,
  withTrainingFolder,
} from "./training/training-folder.ts";
