// Gathers everything that is wrong with a template, each with its place.
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";

interface More {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly within?: string | undefined;
}

/** A growing list of diagnostics. */
export interface ProblemList {
  readonly all: readonly Diagnostic[];
  error(code: string, at: SourceRange | undefined, summary: string, more?: More): void;
  warning(code: string, at: SourceRange | undefined, summary: string, more?: More): void;
  add(diagnostics: readonly Diagnostic[]): void;
}

/** Where it was defined before, which may be in another file. */
export function tellFirst(first: SourceRange | undefined): string {
  return first === undefined ? "" : `The first one is at ${first.filename}:${first.start.line},${first.start.column}.`;
}

/** `within` names the block that problems lie in unless they say otherwise. */
export function problemList(within?: string): ProblemList {
  const all: Diagnostic[] = [];
  const put =
    (severity: "error" | "warning"): ProblemList["error"] =>
    (code, at, summary, more = {}) => {
      const place = at === undefined ? {} : { subject: at };
      all.push({ code, severity, summary, within, ...more, ...place });
    };
  return {
    all,
    error: put("error"),
    warning: put("warning"),
    add: (diagnostics) => all.push(...diagnostics),
  };
}
