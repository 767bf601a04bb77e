/**
 * What the script knows of a page: everything on it that is computed. The rest of a page is written by hand.
 * @module
 */
import type { Picture } from "./draw/picture.ts";
import type { Example } from "./example.ts";

/** Some have to read or run what takes time. */
type Soon<T> = T | Promise<T>;

export interface PageParts {
  /** The page's number on the road. */
  readonly page: number;
  /** By name, as they stand in the text: `<!--=name-->1.09<!--/-->`. */
  figures(example: Example): Soon<Readonly<Record<string, string>>>;
  /** By name: `<!-- picture: name -->` … `<!-- /picture -->`. Drawn into docs/pictures/learn. */
  readonly pictures: Readonly<Record<string, (example: Example) => Soon<Picture>>>;
  /** Tables and outputs by name, as Markdown: `<!-- block: name -->` … `<!-- /block -->`. */
  readonly blocks?: Readonly<Record<string, (example: Example) => Soon<string>>>;
}
