// What is wrong with something a person wrote: one shape for templates, options and failures of a run.

/** A place in a text. */
export interface SourcePosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based, counted in grapheme clusters as a person sees them. */
  readonly column: number;
  /** 0-based index into the text in UTF-16 units, as JavaScript strings count. */
  readonly offset: number;
}

/** A piece of a file, from `start` up to but not including `end`. */
export interface SourceRange {
  /** As the user wrote it; `<stdin>` and the like where there is no file. */
  readonly filename: string;
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

export type Severity = "error" | "warning";

/** One mistake or warning, with everything needed to show it to the person who can mend it. */
export interface Diagnostic {
  /** Stable and documented, such as `option/unknown`; every code has a sentence in `codes.ts`. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, on one line, without a full stop. */
  readonly summary: string;
  /** Why, with the values involved. May have several lines. */
  readonly detail?: string;
  /** What to try. */
  readonly hint?: string;
  /** A page of the documentation, such as `provisioner/shell`. */
  readonly docs?: string;
  /** The exact place. */
  readonly subject?: SourceRange;
  /** The wider place to show around it. */
  readonly context?: SourceRange;
  /** The block the place lies in, such as `provisioner "shell"`. */
  readonly within?: string;
}

export function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === "error";
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(isError);
}
