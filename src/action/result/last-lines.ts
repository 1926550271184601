// The last lines of the work that failed, for each build.
import type { BuildEvent } from "../../core/build-event.ts";

const MOST_LINES = 12;
/** A longer line is only counted: it cannot be cut before secrets are hidden in it. */
const LONGEST = 50_000;

interface Speech {
  /** The pieces of work that go on, the innermost last. */
  readonly spans: number[];
  readonly lines: { readonly span: number | undefined; readonly text: string }[];
  /** Those of the work that failed first: what comes after is about the failure. */
  failed: readonly string[] | undefined;
}

export interface LastLines {
  note(event: BuildEvent): void;
  read(build: string): readonly string[];
}

export function watchLastLines(): LastLines {
  const builds = new Map<string, Speech>();
  const findSpeech = (build: string): Speech => {
    const known = builds.get(build) ?? { spans: [], lines: [], failed: undefined };
    builds.set(build, known);
    return known;
  };
  return {
    note(event) {
      if (event.type === "said" && event.speaker !== undefined) {
        hear(findSpeech(event.speaker.build), event.text);
      } else if (event.type === "span-started") {
        findSpeech(event.build).spans.push(event.id);
      } else if (event.type === "span-ended") {
        endSpan(findSpeech(event.build), event.id, event.outcome === "failed");
      }
    },
    read(build) {
      const { failed, lines } = findSpeech(build);
      return failed ?? lines.map(({ text }) => text);
    },
  };
}

function hear({ spans, lines }: Speech, text: string): void {
  for (const line of text.split(/\r\n|\r|\n/).slice(-MOST_LINES)) {
    lines.push({ span: spans.at(-1), text: line.length > LONGEST ? `(a line of ${line.length} characters)` : line });
  }
  lines.splice(0, lines.length - MOST_LINES);
}

function endSpan(speech: Speech, id: number, isFailed: boolean): void {
  const { spans, lines } = speech;
  const at = spans.lastIndexOf(id);
  if (at >= 0) {
    spans.splice(at, 1);
  }
  const own = lines.filter(({ span }) => span === id).map(({ text }) => text);
  if (isFailed && own.length > 0) {
    speech.failed ??= own;
  }
}
