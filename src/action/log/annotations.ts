// Diagnostics as annotations on the lines of a pull request, within the limit that the runner sets.
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Diagnostic, Severity, SourceRange } from "../../diagnostic/diagnostic.ts";
import { renderDiagnostic, type SourceFiles } from "../../diagnostic/render.ts";
import { sayInputs } from "./input-words.ts";
import type { AnnotationList, Changes, Found } from "./log.ts";
import type { RunnerOutput } from "./runner-output.ts";

/** The runner drops every further annotation of a level. */
const PER_LEVEL = 10;

export interface AnnotationsOptions {
  /** Where to write outside of every group. */
  readonly interject: () => RunnerOutput;
  /** Hides secrets in a line before it is cut. */
  readonly hide: (text: string) => string;
  /** Takes out of a message what it tells of a secret. */
  readonly conceal: (diagnostic: Diagnostic) => Diagnostic;
  /** Folder that paths of templates are relative to. */
  readonly cwd: string;
  /** Folder of the checked-out repository; `undefined` outside of a runner. */
  readonly workspace: string | undefined;
}

/** A diagnostic with what its text is made of. */
interface Message {
  readonly diagnostic: Diagnostic;
  readonly text: () => string;
}

/** Shows each diagnostic once: as an annotation while there is room, as text of the log after that. */
export class Annotations implements AnnotationList {
  readonly #options: AnnotationsOptions;
  readonly #shown: Record<Severity, number> = { error: 0, warning: 0 };
  readonly #seen = new Set<string>();
  readonly #found: Found[] = [];
  #template: string | undefined;
  #changes: (() => Promise<Changes | undefined>) | undefined;
  #held: Message[] = [];

  constructor(options: AnnotationsOptions) {
    this.#options = options;
  }

  /** Everything that was shown. It is data: whoever shows it again hides the secrets in it. */
  get all(): readonly Diagnostic[] {
    return this.#found.map(({ diagnostic }) => diagnostic);
  }

  get found(): readonly Found[] {
    return this.#found;
  }

  about(template: string | undefined): void {
    this.#template = template;
  }

  /** How many found no room among the annotations. */
  get unannotated(): number {
    return this.#found.length - this.#shown.error - this.#shown.warning;
  }

  /** From now on what was changed comes first. `changes` is asked only when there are more messages than room. */
  prefer(changes: () => Promise<Changes | undefined>): void {
    this.#changes = changes;
  }

  /** Shows what is wrong with a text; held back while more may come that was changed. */
  add(diagnostic: Diagnostic, files: SourceFiles): void {
    const message = this.#messageOf(diagnostic, files, "");
    if (message === undefined) {
      return;
    }
    if (this.#changes === undefined) {
      this.#write(message, true);
    } else {
      this.#held.push(message);
    }
  }

  /** Shows something at once. `after` stands below the message: the last lines of a log. */
  show(diagnostic: Diagnostic, files: SourceFiles, after = ""): void {
    const message = this.#messageOf(diagnostic, files, after);
    if (message !== undefined) {
      this.#write(message, true);
    }
  }

  /** Writes what is held back, if there is room for all of it. */
  releaseFew(): void {
    if (!this.#fits()) {
      return;
    }
    const held = this.#held;
    this.#held = [];
    for (const message of held) {
      this.#write(message, true);
    }
  }

  /** Writes all that is held back: what was changed as annotations, the rest as far as there is room. Nothing is held back after this. */
  async release(): Promise<void> {
    const ask = this.#changes;
    this.#changes = undefined;
    const changes = this.#fits() ? undefined : await ask?.();
    const held = this.#held;
    this.#held = [];
    const order =
      changes === undefined ? held : held.toSorted((a, b) => this.#rank(a, changes) - this.#rank(b, changes));
    const chosen = new Set((["error", "warning"] as const).flatMap((severity) => this.#firstOf(order, severity)));
    for (const message of held) {
      this.#write(message, chosen.has(message));
    }
  }

  #fits(): boolean {
    return (["error", "warning"] as const).every(
      (severity) =>
        this.#firstOf(this.#held, severity).length ===
        this.#held.filter(({ diagnostic }) => diagnostic.severity === severity).length,
    );
  }

  /** Those of a level that there is room for. */
  #firstOf(messages: readonly Message[], severity: Severity): readonly Message[] {
    return messages
      .filter(({ diagnostic }) => diagnostic.severity === severity)
      .slice(0, PER_LEVEL - this.#shown[severity]);
  }

  #rank({ diagnostic: { subject } }: Message, changes: Changes): number {
    const file = subject === undefined ? undefined : this.#fileOf(subject);
    // What has no place is no matter of lines.
    if (subject === undefined || file === undefined) {
      return 1;
    }
    return { changed: 0, "same-file": 2, elsewhere: 3 }[changes.nearness(file, subject.start.line, subject.end.line)];
  }

  /** `undefined` when it was there before. */
  #messageOf(given: Diagnostic, files: SourceFiles, after: string): Message | undefined {
    const diagnostic = sayInputs(this.#options.conceal(given));
    // Without a place the same words about another template are another mistake.
    const about = diagnostic.subject === undefined ? this.#template : undefined;
    const { code, summary, detail, subject, within } = diagnostic;
    const key = JSON.stringify([code, summary, detail, subject, within, about]);
    if (this.#seen.has(key)) {
      return undefined;
    }
    this.#seen.add(key);
    const file = subject === undefined ? undefined : files.get(subject.filename);
    this.#found.push({ diagnostic, file, template: this.#template });
    const { hide } = this.#options;
    const text = (): string => renderDiagnostic(diagnostic, files, { hide });
    const named = (): string => (about === undefined ? text() : text().replace(/(?=\n|$)/, `\n  in ${about}`));
    return { diagnostic, text: () => named() + after };
  }

  #write({ diagnostic, text }: Message, isWanted: boolean): void {
    const { severity, code } = diagnostic;
    const output = this.#options.interject();
    if (!isWanted || this.#shown[severity] >= PER_LEVEL) {
      output.text(`${text()}\n`);
      return;
    }
    this.#shown[severity]++;
    // Who cancels a run knows of it: nothing is wrong with the template.
    const level = code === "host/cancelled" ? "notice" : severity;
    output.message(level, text().replace(/^(Error|Warning): /, ""), this.#placeOf(diagnostic));
  }

  #placeOf({ summary, code, subject }: Diagnostic): Record<string, string | number | undefined> {
    const title = `${summary} [${code}]`;
    const file = subject === undefined ? undefined : this.#fileOf(subject);
    if (subject === undefined || file === undefined) {
      return { title };
    }
    const { start, end } = subject;
    // The runner takes columns only of a piece of one line.
    if (end.line !== start.line) {
      return { title, file, line: start.line, endLine: end.column === 1 ? end.line - 1 : end.line };
    }
    return {
      title,
      file,
      line: start.line,
      endLine: end.line,
      col: start.column,
      endColumn: Math.max(start.column, end.column - 1),
    };
  }

  #fileOf({ filename }: SourceRange): string | undefined {
    if (/^<.*>$/.test(filename)) {
      return undefined;
    }
    const { cwd, workspace } = this.#options;
    const path = resolve(cwd, filename);
    if (workspace === undefined) {
      return filename;
    }
    const inside = relative(workspace, path);
    return inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
  }
}
