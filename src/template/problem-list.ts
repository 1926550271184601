// Gathers everything that is wrong with a template, each with its place.
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";

interface More {
  readonly detail?: string;
  readonly hint?: string;
  readonly within?: string;
}

/** A growing list of diagnostics. */
export interface ProblemList {
  readonly all: readonly Diagnostic[];
  error(code: string, at: SourceRange | undefined, summary: string, more?: More): void;
  warning(code: string, at: SourceRange | undefined, summary: string, more?: More): void;
  add(diagnostics: readonly Diagnostic[]): void;
}

/** `within` names the block that problems lie in unless they say otherwise. */
export function problemList(within?: string): ProblemList {
  const all: Diagnostic[] = [];
  const put = (severity: "error" | "warning", code: string, at: SourceRange | undefined, summary: string, more: More = {}): void => {
    all.push({
      code,
      severity,
      summary,
      ...(within === undefined ? {} : { within }),
      ...more,
      ...(at === undefined ? {} : { subject: at }),
    });
  };
  return {
    all,
    error: (code, at, summary, more) => put("error", code, at, summary, more),
    warning: (code, at, summary, more) => put("warning", code, at, summary, more),
    add: (diagnostics) => all.push(...diagnostics),
  };
}
