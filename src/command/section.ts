// What a command shows beside the log: data, so that every edge can hide secrets in it and show it in its own way.

export interface Column {
  readonly title: string;
  /** True for what people copy: names and paths. */
  readonly isCode?: boolean | undefined;
}

/** A file with what is to be changed in it. */
export interface FileDifference {
  readonly path: string;
  /** As a unified diff. */
  readonly diff: string;
  /** The first line that changes. */
  readonly line: number;
}

/** Shown under its title and with the number of its rows or files; not at all when there are none. */
export type Section =
  | {
      readonly is: "table";
      readonly title: string;
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly is: "differences"; readonly title: string; readonly files: readonly FileDifference[] };
