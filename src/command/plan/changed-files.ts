// What `touched-only` asks the edge: which files a pull request or push changes.
import { defineService } from "../service.ts";

/** The files of a pull request or push. */
export interface ChangedFiles {
  /** Absolute paths, of files that are gone as well. */
  readonly paths: readonly string[];
}

/** The files, or why they are not known. */
export const changedFiles = defineService<() => Promise<ChangedFiles | { readonly unknown: string }>>("changed files");
