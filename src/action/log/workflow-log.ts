// Events as a workflow's log: one group per step and provisioner, errors where they belong.
import type { BuildEvent, EventSink } from "../../core/build-event.ts";
import { explainChange } from "../../core/narrate.ts";
import { watchProgress } from "../../core/progress-line.ts";
import { speakDuration } from "../../core/spoken-duration.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { SourceFiles } from "../../diagnostic/render.ts";
import { Annotations } from "./annotations.ts";
import type { Log } from "./log.ts";
import { LogSections, type Section } from "./log-sections.ts";
import { splitLines } from "./runner-command.ts";
import type { RunnerOutput } from "./runner-output.ts";
import type { SpoolPlace } from "./spool.ts";

/** Lines of a failed piece of work that are repeated in its error. */
const LAST_LINES = 12;

export interface WorkflowLogOptions {
  readonly output: RunnerOutput;
  readonly place: SpoolPlace;
  readonly colour: boolean;
  /** Shows what the debug log would hold. */
  readonly debug: boolean;
  readonly cwd: string;
  readonly workspace: string | undefined;
  /** Takes out of a message what it tells of a secret. */
  readonly conceal: (diagnostic: Diagnostic) => Diagnostic;
}

/** What a build's lines go into, and how it came there. */
interface Voice {
  readonly spans: { readonly id: number; readonly title: string }[];
  section: Section | undefined;
  /** The span that `section` shows. */
  sectionOf: number | undefined;
  last: string[];
}

type Span = Extract<BuildEvent, { type: "span-started" }>;
type Said = Extract<BuildEvent, { type: "said" }>;
type Ended = Extract<BuildEvent, { type: "build-ended" }>;

/** The face of the action. */
export class WorkflowLog implements Log {
  readonly annotations: Annotations;
  readonly #options: WorkflowLogOptions;
  readonly #sections: LogSections;
  readonly #voices = new Map<string, Voice>();
  #files: SourceFiles = new Map();
  readonly #noticed = new Set<string>();
  #lines = 0;
  #isTimed = false;

  constructor(options: WorkflowLogOptions) {
    const { output, place, cwd, workspace } = options;
    this.#options = options;
    this.#sections = new LogSections({ output, place });
    const interject = (): RunnerOutput => this.#sections.interject();
    const hide = (text: string): string => output.hide(text);
    this.annotations = new Annotations({ interject, hide, conceal: options.conceal, cwd, workspace });
  }

  /** From now on every line of a build begins with the time at which it was said. */
  showTimes(): void {
    this.#isTimed = true;
  }

  /** Grows with everything that is said; tells whether anything was since. */
  get lines(): number {
    return this.#lines;
  }

  get shown(): number {
    return this.#sections.shown;
  }

  waiting(build: string): number {
    return this.#sections.waiting(build);
  }

  readonly #progress = watchProgress(10_000, 10_000);

  readonly sink: EventSink = (event) => {
    switch (event.type) {
      case "run-started":
        this.annotations.releaseFew();
        break;
      case "said":
        this.#said(event);
        break;
      case "progress": {
        const text = this.#progress(event);
        if (text !== undefined) {
          this.#said({ type: "said", at: event.at, level: "message", text, speaker: event.speaker });
        }
        break;
      }
      case "log":
        if (this.#options.debug) {
          this.debug(event.text, "debug");
        }
        break;
      case "span-started":
        this.#voiceOf(event.build).spans.push({ id: event.id, title: nameSpan(event) });
        break;
      case "span-ended":
        this.#spanEnded(event.build, event.id);
        break;
      case "build-compared":
        if (event.reasons.length > 0) {
          this.now(explainChange(event));
        }
        break;
      case "build-unchanged": {
        const made = event.artifacts.filter(({ nil }) => nil !== true).map(({ text }) => `--> ${event.build}: ${text}`);
        this.now([`Nothing changed for '${event.build}' since ${event.builtAt}: it is left out.`, ...made].join("\n"));
        break;
      }
      case "build-ended":
        this.#buildEnded(event);
        break;
      case "run-ended":
        this.#sections.drain();
        break;
      default:
    }
  };

  say(text: string): void {
    this.now(text);
  }

  error(text: string): void {
    this.now(this.#red(text));
  }

  machine(): void {}

  diagnostics(diagnostics: readonly Diagnostic[], files: SourceFiles): void {
    if (files.size > 0) {
      this.#files = files;
    }
    for (const diagnostic of diagnostics) {
      this.annotations.add(diagnostic, this.#files);
    }
  }

  /** An annotation that neither fails nor warns. The same one is shown once: the runner takes ten. */
  notice(title: string, text: string): void {
    const key = JSON.stringify([title, text]);
    if (this.#noticed.has(key)) {
      return;
    }
    this.#noticed.add(key);
    this.#lines++;
    this.#sections.interject().message("notice", text, { title });
  }

  /** A line about the run as a whole that does not wait for any group. */
  now(text: string): void {
    this.#lines++;
    this.#sections.interject().text(`${text}\n`);
  }

  /** Does not close the group of what goes on: it explains that. */
  debug(line: string, how: "shown" | "debug"): void {
    this.#lines++;
    if (how === "shown") {
      this.#options.output.text(line.replace(/\n?$/, "\n"));
    } else {
      this.#options.output.message("debug", line.trimEnd());
    }
  }

  /** Runs something that prints by itself, in a group of its own. */
  async apart<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.#lines++;
    this.#sections.interject().group(title);
    // What waits to be written comes first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      return await body();
    } finally {
      this.#sections.interject().endGroup();
    }
  }

  /** Prints what waits. Nothing comes after this. */
  end(): void {
    this.#sections.drain();
    this.#sections.interject();
  }

  #voiceOf(build: string): Voice {
    let voice = this.#voices.get(build);
    if (voice === undefined) {
      voice = { spans: [], section: undefined, sectionOf: undefined, last: [] };
      this.#voices.set(build, voice);
    }
    return voice;
  }

  #said(event: Said): void {
    if (event.speaker === undefined) {
      this.now(event.level === "error" ? this.#red(event.text) : event.text);
      return;
    }
    this.#lines++;
    const { build } = event.speaker;
    const voice = this.#voiceOf(build);
    if (voice.spans.length === 0) {
      this.#outside(build, event);
      return;
    }
    const lines = splitLines(event.text);
    for (let i = 0; i < lines.length; i++) {
      lines[i] = this.#shown(event.level, lines[i] as string);
    }
    if (lines.length === 1) {
      voice.last.push(lines[0] as string);
    } else {
      voice.last.push(...lines.slice(-LAST_LINES));
    }
    if (voice.last.length > LAST_LINES * 8) {
      voice.last = voice.last.slice(-LAST_LINES);
    }
    const shown = this.#isTimed ? lines.map((line) => writeTimed(event.at, line)) : lines;
    this.#sectionOf(build, voice).add(shown.length === 1 ? `${shown[0]}\n` : `${shown.join("\n")}\n`);
  }

  /** Between two pieces of work there is no group to say it in. */
  #outside(build: string, { level, text, at }: Said): void {
    const prefix = level === "message" ? `    ${build}: ` : `==> ${build}: `;
    const lines = splitLines(text).map((line) => (prefix + line).trimEnd());
    const section = this.#sections.open(undefined, build);
    const shown = level === "error" ? lines.map((line) => this.#red(line)) : lines;
    section.add(`${(this.#isTimed ? shown.map((line) => writeTimed(at, line)) : shown).join("\n")}\n`);
    section.close();
  }

  #shown(level: Said["level"], line: string): string {
    if (level === "error") {
      return this.#red(line);
    }
    return level === "say" ? `==> ${line}` : line;
  }

  #red(text: string): string {
    return this.#options.colour && text !== "" ? text.replace(/^.+$/gm, "\u001b[31m$&\u001b[0m") : text;
  }

  #sectionOf(build: string, voice: Voice): Section {
    const span = voice.spans.at(-1);
    if (voice.section === undefined || voice.sectionOf !== span?.id) {
      voice.section?.close();
      voice.section = this.#sections.open(`${build}: ${span?.title ?? ""}`, build);
      voice.sectionOf = span?.id;
    }
    return voice.section;
  }

  #spanEnded(build: string, id: number): void {
    const voice = this.#voiceOf(build);
    const index = voice.spans.findIndex((span) => span.id === id);
    if (index >= 0) {
      voice.spans.splice(index, 1);
    }
    if (voice.sectionOf === id) {
      this.#close(voice);
    }
  }

  #close(voice: Voice): void {
    voice.section?.close();
    voice.section = undefined;
    voice.sectionOf = undefined;
  }

  #buildEnded(event: Ended): void {
    const voice = this.#voiceOf(event.build);
    this.#close(voice);
    const took = speakDuration(event.milliseconds);
    const section = this.#sections.open(undefined);
    if (event.outcome === "built") {
      const made = event.artifacts.filter(({ nil }) => nil !== true).map(({ text }) => `--> ${event.build}: ${text}`);
      section.add(`${[`Build '${event.build}' finished after ${took}.`, ...made].join("\n")}\n`);
    } else {
      const verb = event.outcome === "cancelled" ? "was cancelled" : "failed";
      section.add(`${this.#red(`Build '${event.build}' ${verb} after ${took}.`)}\n`);
    }
    section.close();
    if (event.outcome === "failed") {
      this.#failed(event, voice);
    } else {
      for (const diagnostic of event.diagnostics) {
        this.annotations.show(diagnostic, this.#files);
      }
    }
    this.#voices.delete(event.build);
  }

  /** The cause first, with what was last seen of the work that failed. */
  #failed(event: Ended, voice: Voice): void {
    const where = event.failedIn === undefined ? "" : ` in ${event.failedIn}`;
    const tail = stripColours(voice.last.slice(-LAST_LINES));
    const after = tail === "" ? "" : `\n\nBuild '${event.build}' failed${where}. Its last lines:\n${tail}`;
    const known = event.diagnostics.some(({ severity }) => severity === "error");
    const own: Diagnostic = {
      code: "action/build-failed",
      severity: "error",
      summary: `Build '${event.build}' failed${where}`,
    };
    const causes = known ? event.diagnostics : [{ ...own, detail: event.error ?? "" }, ...event.diagnostics];
    for (const [index, diagnostic] of causes.entries()) {
      this.annotations.show(diagnostic, this.#files, index === 0 ? after : "");
    }
  }
}

/** With the time in UTC before it, as GitHub's own time stamps. */
function writeTimed(at: number, line: string): string {
  return `${new Date(at).toISOString()} ${line}`;
}

function nameSpan({ kind, title }: Span): string {
  switch (kind) {
    case "provisioner":
    case "error-cleanup-provisioner":
    case "post-processor":
      return `${kind} ${title}`;
    default:
      return title;
  }
}

/** Without colours, indented. */
function stripColours(lines: readonly string[]): string {
  return lines
    .map((line) => `  ${line.replace(/\u001b\[[\d;]*[A-Za-z]/g, "")}`.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}
