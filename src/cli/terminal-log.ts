// Events as a person reads them in a terminal: Packer's lines in Packer's colours.

import type { Face } from "../command/command.ts";
import type { BuildEvent } from "../core/build-event.ts";
import { type Narration, nameSpeaker, narrate } from "../core/narrate.ts";
import { watchProgress } from "../core/progress-line.ts";
import { renderDiagnostic } from "../diagnostic/render.ts";
import { keepVisible } from "../diagnostic/visible-text.ts";
import { BUILD_COLOURS, ERROR_COLOUR, paintText } from "./style.ts";

export interface TerminalOptions {
  /** Everything goes this way but what other programs read. */
  readonly write: (text: string) => void;
  /** Hides secrets in a text for people: at the one place where all of it leaves, and before a text is cut. */
  readonly hide: (text: string) => string;
  readonly colour: boolean;
  readonly timestamps: boolean;
  readonly now: () => number;
  /** Draws the progress of transfers at once, over itself: for a terminal that somebody looks at. Given its width. */
  readonly draw?: { columns(): number; write(text: string): void } | undefined;
}

const PART_COLOURS = { error: 31, warning: 33, quiet: 90 };

/** Milliseconds a transfer may take before it is drawn, and between two drawings. */
const DRAW_AFTER = 2_000;
const DRAW_EVERY = 200;
const CLEAR_LINE = "\r\x1b[2K";

export function openTerminalFace(given: TerminalOptions): Face {
  const { draw } = given;
  let drawn = false;
  const clear = (): void => {
    if (drawn) {
      draw?.write(CLEAR_LINE);
    }
    drawn = false;
  };
  const options: TerminalOptions = {
    ...given,
    write(text) {
      clear();
      // Before secrets are looked for: what cannot be seen may stand in the middle of one.
      given.write(given.hide(keepVisible(text)));
    },
  };
  const due = watchProgress(DRAW_AFTER, DRAW_EVERY);
  const drawProgress = (event: Extract<BuildEvent, { type: "progress" }>): void => {
    const text = due(event);
    if (event.ended) {
      clear();
    }
    if (text === undefined || draw === undefined) {
      return;
    }
    const line = given.hide(keepVisible(`    ${nameSpeaker(event.speaker)}: ${text}`));
    draw.write(CLEAR_LINE + line.slice(0, draw.columns() - 1));
    drawn = true;
  };
  const colours = new Map<string, number>();
  const paint = (text: string, colour: number | undefined, bold: boolean): string =>
    options.colour && colour !== undefined ? paintText(text, colour, bold) : text;
  const findColour = (level: string, build: string | undefined): number | undefined => {
    if (build === undefined) {
      return undefined;
    }
    return level === "error" ? ERROR_COLOUR : colours.get(build);
  };
  const print = ({ level, text, build }: Extract<Narration, { is: "ui" }>): void => {
    const stamp = options.timestamps && build !== undefined ? `${formatTime(options.now())}: ` : "";
    options.write(`${paint(stamp + text, findColour(level, build), level !== "message")}\n`);
  };
  const narrator = narrate((narration) => {
    if (narration.is === "ui") {
      print(narration);
    }
  });
  const announce = (event: Extract<BuildEvent, { type: "run-started" }>): void => {
    event.builds.forEach(({ name }, i) => {
      const colour = BUILD_COLOURS[i % BUILD_COLOURS.length] as number;
      colours.set(name, colour);
      if (options.colour) {
        options.write(`${paintText(`${name}: output will be in this color.`, colour, true)}\n`);
      }
    });
    if (options.colour && event.builds.length > 0) {
      options.write("\n");
    }
  };
  return {
    sink: (event) => {
      if (event.type === "run-started") {
        announce(event);
      }
      if (event.type === "progress" && draw !== undefined) {
        drawProgress(event);
      } else {
        narrator(event);
      }
    },
    say: (text) => options.write(`${text}\n`),
    // Data for another program: not a letter of it is ours to change.
    raw: (text) => given.write(text),
    error: (text) => options.write(`${paint(text, ERROR_COLOUR, true)}\n`),
    machine: () => {},
    diagnostics: (diagnostics, files) => {
      const { hide } = given;
      const style = options.colour
        ? {
            hide,
            paint: (part: "error" | "warning" | "quiet", text: string) =>
              paintText(text, PART_COLOURS[part], part !== "quiet"),
          }
        : { hide };
      for (const diagnostic of diagnostics) {
        options.write(`${renderDiagnostic(diagnostic, files, style)}\n\n`);
      }
    },
  };
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
