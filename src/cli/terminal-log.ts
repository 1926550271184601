// Events as a person reads them in a terminal: Packer's lines in Packer's colours.

import type { Face } from "../command/command.ts";
import type { BuildEvent } from "../core/build-event.ts";
import { type Narration, nameSpeaker, narrate } from "../core/narrate.ts";
import { watchProgress } from "../core/progress-line.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { renderDiagnostic, type SourceFiles } from "../diagnostic/render.ts";
import { keepVisible } from "../diagnostic/visible-text.ts";
import { BUILD_COLOURS, ERROR_COLOUR, paintText } from "./style.ts";

interface Drawing {
  columns(): number;
  write(text: string): void;
}

export interface TerminalOptions {
  /** Everything goes this way but what other programs read. */
  readonly write: (text: string) => void;
  /** Hides secrets in a text for people: at the one place where all of it leaves, and before a text is cut. */
  readonly hide: (text: string) => string;
  readonly colour: boolean;
  readonly timestamps: boolean;
  readonly now: () => number;
  /** Draws the progress of transfers at once, over itself: for a terminal that somebody looks at. Given its width. */
  readonly draw?: Drawing | undefined;
}

const PART_COLOURS = { error: 31, warning: 33, quiet: 90 };

/** Milliseconds a transfer may take before it is drawn, and between two drawings. */
const DRAW_AFTER = 2_000;
const DRAW_EVERY = 200;
const CLEAR_LINE = "\r\x1b[2K";

export function openTerminalFace(options: TerminalOptions): Face {
  const log = new TerminalLog(options);
  return {
    sink: (event) => log.hear(event),
    say: (text) => log.write(`${text}\n`),
    // Data for another program: not a letter of it is ours to change.
    raw: (text) => options.write(text),
    error: (text) => log.write(`${log.paint(text, ERROR_COLOUR, true)}\n`),
    machine: () => {},
    diagnostics: (diagnostics, files) => log.showDiagnostics(diagnostics, files),
  };
}

class TerminalLog {
  readonly #options: TerminalOptions;
  readonly #colours = new Map<string, number>();
  readonly #due = watchProgress(DRAW_AFTER, DRAW_EVERY);
  readonly #narrator = narrate((narration) => {
    if (narration.is === "ui") {
      this.#print(narration);
    }
  });
  /** Whether the last line is one that was drawn. */
  #drawn = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  hear(event: BuildEvent): void {
    if (event.type === "run-started") {
      this.#announce(event);
    }
    if (event.type === "progress" && this.#options.draw !== undefined) {
      this.#drawProgress(event, this.#options.draw);
    } else {
      this.#narrator(event);
    }
  }

  write(text: string): void {
    this.#clear();
    // Before secrets are looked for: what cannot be seen may stand in the middle of one.
    this.#options.write(this.#options.hide(keepVisible(text)));
  }

  paint(text: string, colour: number | undefined, bold: boolean): string {
    return this.#options.colour && colour !== undefined ? paintText(text, colour, bold) : text;
  }

  showDiagnostics(diagnostics: readonly Diagnostic[], files: SourceFiles): void {
    const { hide, colour } = this.#options;
    const paint = (part: keyof typeof PART_COLOURS, text: string): string =>
      paintText(text, PART_COLOURS[part], part !== "quiet");
    const style = colour ? { hide, paint } : { hide };
    for (const diagnostic of diagnostics) {
      this.write(`${renderDiagnostic(diagnostic, files, style)}\n\n`);
    }
  }

  #announce({ builds }: Extract<BuildEvent, { type: "run-started" }>): void {
    builds.forEach(({ name }, i) => {
      const colour = BUILD_COLOURS[i % BUILD_COLOURS.length] as number;
      this.#colours.set(name, colour);
      if (this.#options.colour) {
        this.write(`${paintText(`${name}: output will be in this color.`, colour, true)}\n`);
      }
    });
    if (this.#options.colour && builds.length > 0) {
      this.write("\n");
    }
  }

  #print({ level, text, build }: Extract<Narration, { is: "ui" }>): void {
    const { timestamps, now } = this.#options;
    const stamp = timestamps && build !== undefined ? `${formatTime(now())}: ` : "";
    this.write(`${this.paint(stamp + text, this.#findColour(level, build), level !== "message")}\n`);
  }

  #findColour(level: string, build: string | undefined): number | undefined {
    if (build === undefined) {
      return undefined;
    }
    return level === "error" ? ERROR_COLOUR : this.#colours.get(build);
  }

  #drawProgress(event: Extract<BuildEvent, { type: "progress" }>, draw: Drawing): void {
    const text = this.#due(event);
    if (event.ended) {
      this.#clear();
    }
    if (text === undefined) {
      return;
    }
    const line = this.#options.hide(keepVisible(`    ${nameSpeaker(event.speaker)}: ${text}`));
    draw.write(CLEAR_LINE + line.slice(0, draw.columns() - 1));
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) {
      this.#options.draw?.write(CLEAR_LINE);
    }
    this.#drawn = false;
  }
}

/** Local time as RFC 3339: `2006-01-02T15:04:05+02:00`. */
export function formatTime(milliseconds: number): string {
  const offset = -new Date(milliseconds).getTimezoneOffset();
  const local = new Date(milliseconds + offset * 60_000).toISOString().slice(0, 19);
  if (offset === 0) {
    return `${local}Z`;
  }
  const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}
