// What is wrong with something a person wrote: one shape for templates, options and failures of a run.

/**
 * Data through and through, which copying, spreading, JSON and a structured clone keep whole. An instance of a class does not
 * fit where this is asked for, for what it computes would be lost on the way: literals and types made of them are given
 * the signature by the compiler, classes and interfaces are not.
 */
export interface PlainData {
  readonly [plain: symbol]: never;
}

/** A place in a text. */
export interface SourcePosition extends PlainData {
  /** 1-based. */
  readonly line: number;
  /** 1-based, counted in grapheme clusters as a person sees them. */
  readonly column: number;
  /** 0-based index into the text in UTF-16 units, as JavaScript strings count. */
  readonly offset: number;
}

/** A piece of a file, from `start` up to but not including `end`. */
export interface SourceRange extends PlainData {
  /** As the user wrote it; `<stdin>` and the like where there is no file. */
  readonly filename: string;
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

export type Severity = "error" | "warning";

/** One mistake or warning, with everything needed to show it to the person who can mend it. */
export interface Diagnostic extends PlainData {
  /** Stable and documented, such as `option/unknown`; every code has a sentence in `codes.ts`. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, on one line, without a full stop. */
  readonly summary: string;
  /** Why, with the values involved. May have several lines. */
  readonly detail?: string | undefined;
  /** What to try. */
  readonly hint?: string | undefined;
  /** A page of the documentation, such as `provisioner/shell`. */
  readonly docs?: string | undefined;
  /** The exact place. */
  readonly subject?: SourceRange | undefined;
  /** The wider place to show around it. */
  readonly context?: SourceRange | undefined;
  /** The block the place lies in, such as `provisioner "shell"`. */
  readonly within?: string | undefined;
}

export function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === "error";
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(isError);
}
