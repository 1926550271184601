// Diagnostics as annotations on the lines of a pull request, within the limit that the runner sets.
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Diagnostic, Severity, SourceRange } from "../diagnostic/diagnostic.ts";
import { renderDiagnostic, type SourceFiles } from "../diagnostic/render.ts";
import { harmlessText, oneLine, runnerCommand } from "./runner-command.ts";

/** The runner drops every further annotation of a level. */
const PER_LEVEL = 10;
/** The runner cuts a message here. */
const LONGEST = 4096;

export interface AnnotationsOptions {
  /** Writes whole lines, outside of every group. */
  readonly write: (text: string) => void;
  readonly filter: (text: string) => string;
  /** Folder that paths of templates are relative to. */
  readonly cwd: string;
  /** Folder of the checked-out repository; `undefined` outside of a runner. */
  readonly workspace: string | undefined;
}

/** Shows each diagnostic once: as an annotation while there is room, as text of the log after that. */
export class Annotations {
  readonly #options: AnnotationsOptions;
  readonly #shown: Record<Severity, number> = { error: 0, warning: 0 };
  readonly #seen = new Set<string>();
  readonly #all: Diagnostic[] = [];

  constructor(options: AnnotationsOptions) {
    this.#options = options;
  }

  /** Everything that was shown, without secrets. */
  get all(): readonly Diagnostic[] {
    return this.#all;
  }

  /** How many found no room among the annotations. */
  get unannotated(): number {
    return this.#all.length - this.#shown.error - this.#shown.warning;
  }

  /** `after` stands below the message: the last lines of a log. */
  show(diagnostic: Diagnostic, files: SourceFiles, after = ""): void {
    const clean = this.#clean(diagnostic);
    const key = JSON.stringify([clean.code, clean.summary, clean.detail, clean.subject, clean.within]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#all.push(clean);
    const text = this.#options.filter(renderDiagnostic(diagnostic, files) + after);
    const { severity } = clean;
    if (this.#shown[severity] >= PER_LEVEL) {
      this.#options.write(`${harmlessText(text)}\n`);
      return;
    }
    this.#shown[severity]++;
    const message = text.replace(/^(Error|Warning): /, "");
    this.#options.write(`${runnerCommand(severity, shortened(harmlessText(message)), this.#placeOf(clean))}\n`);
  }

  #clean(diagnostic: Diagnostic): Diagnostic {
    const { filter } = this.#options;
    const { detail, hint, subject } = diagnostic;
    return {
      ...diagnostic,
      summary: filter(diagnostic.summary),
      ...(detail === undefined ? {} : { detail: filter(detail) }),
      ...(hint === undefined ? {} : { hint: filter(hint) }),
      ...(subject === undefined ? {} : { subject: { ...subject, filename: filter(subject.filename) } }),
    };
  }

  #placeOf({ summary, code, subject }: Diagnostic): Record<string, string | number | undefined> {
    const title = oneLine(`${summary} [${code}]`);
    const file = subject === undefined ? undefined : this.#fileOf(subject);
    if (subject === undefined || file === undefined) return { title };
    const { start, end } = subject;
    // The runner takes columns only of a piece of one line.
    if (end.line !== start.line) return { title, file, line: start.line, endLine: end.column === 1 ? end.line - 1 : end.line };
    return { title, file, line: start.line, endLine: end.line, col: start.column, endColumn: Math.max(start.column, end.column - 1) };
  }

  #fileOf({ filename }: SourceRange): string | undefined {
    if (filename.startsWith("<")) return undefined;
    const { cwd, workspace } = this.#options;
    const path = resolve(cwd, filename);
    if (workspace === undefined) return filename;
    const inside = relative(workspace, path);
    return inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
  }
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 20)}\n… (shortened)`;
}
