// Diagnostics as annotations on the lines of a pull request, within the limit that the runner sets.
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Diagnostic, Severity, SourceRange } from "../diagnostic/diagnostic.ts";
import { renderDiagnostic, type SourceFiles } from "../diagnostic/render.ts";
import type { Changes } from "./changed-lines.ts";
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

/** A diagnostic with what its text is made of. */
interface Message {
  /** Without secrets. */
  readonly clean: Diagnostic;
  readonly text: () => string;
}

/** Shows each diagnostic once: as an annotation while there is room, as text of the log after that. */
export class Annotations {
  readonly #options: AnnotationsOptions;
  readonly #shown: Record<Severity, number> = { error: 0, warning: 0 };
  readonly #seen = new Set<string>();
  readonly #all: Diagnostic[] = [];
  #changes: (() => Promise<Changes | undefined>) | undefined;
  #held: Message[] = [];

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

  /** From now on what was changed comes first. `changes` is asked only when there are more messages than room. */
  prefer(changes: () => Promise<Changes | undefined>): void {
    this.#changes = changes;
  }

  /** Shows what is wrong with a text; held back while more may come that was changed. */
  add(diagnostic: Diagnostic, files: SourceFiles): void {
    const message = this.#messageOf(diagnostic, files, "");
    if (message === undefined) return;
    if (this.#changes === undefined) this.#write(message, true);
    else this.#held.push(message);
  }

  /** Shows something at once. `after` stands below the message: the last lines of a log. */
  show(diagnostic: Diagnostic, files: SourceFiles, after = ""): void {
    const message = this.#messageOf(diagnostic, files, after);
    if (message !== undefined) this.#write(message, true);
  }

  /** Writes what is held back, if there is room for all of it. */
  releaseFew(): void {
    if (!this.#fits()) return;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.#write(message, true);
  }

  /** Writes all that is held back: what was changed as annotations, the rest as far as there is room. Nothing is held back after this. */
  async release(): Promise<void> {
    const ask = this.#changes;
    this.#changes = undefined;
    const changes = this.#fits() ? undefined : await ask?.();
    const held = this.#held;
    this.#held = [];
    const order = changes === undefined ? held : held.toSorted((a, b) => this.#rank(a, changes) - this.#rank(b, changes));
    const chosen = new Set((["error", "warning"] as const).flatMap((severity) => this.#firstOf(order, severity)));
    for (const message of held) this.#write(message, chosen.has(message));
  }

  #fits(): boolean {
    return (["error", "warning"] as const).every(
      (severity) => this.#firstOf(this.#held, severity).length === this.#held.filter(({ clean }) => clean.severity === severity).length,
    );
  }

  /** Those of a level that there is room for. */
  #firstOf(messages: readonly Message[], severity: Severity): readonly Message[] {
    return messages.filter(({ clean }) => clean.severity === severity).slice(0, PER_LEVEL - this.#shown[severity]);
  }

  #rank({ clean: { subject } }: Message, changes: Changes): number {
    const file = subject === undefined ? undefined : this.#fileOf(subject);
    // What has no place is no matter of lines.
    if (subject === undefined || file === undefined) return 1;
    return { changed: 0, "same-file": 2, elsewhere: 3 }[changes.nearness(file, subject.start.line, subject.end.line)];
  }

  /** `undefined` when it was there before. */
  #messageOf(diagnostic: Diagnostic, files: SourceFiles, after: string): Message | undefined {
    const clean = this.#clean(diagnostic);
    const key = JSON.stringify([clean.code, clean.summary, clean.detail, clean.subject, clean.within]);
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    this.#all.push(clean);
    return { clean, text: () => this.#options.filter(renderDiagnostic(diagnostic, files, { filter: this.#options.filter }) + after) };
  }

  #write({ clean, text }: Message, isWanted: boolean): void {
    const { severity } = clean;
    const shown = text();
    if (!isWanted || this.#shown[severity] >= PER_LEVEL) {
      this.#options.write(`${harmlessText(shown)}\n`);
      return;
    }
    this.#shown[severity]++;
    const message = shown.replace(/^(Error|Warning): /, "");
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
