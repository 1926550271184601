// Turns events into the lines that Packer prints: the words of the terminal, the machine-readable stream and the workflow log.

import type { ArtifactFacts, BuildEvent, EventSink, Speaker } from "./build-event.ts";
import { watchProgress } from "./progress-line.ts";
import { speakDuration } from "./spoken-duration.ts";

/** One message, or a record for machines. */
export type Narration =
  | {
      readonly is: "ui";
      readonly level: "say" | "message" | "error";
      /** May have several lines; prefixes are in it. */
      readonly text: string;
      /** Whose colour it has; `undefined` for the run as a whole. */
      readonly build: string | undefined;
    }
  | { readonly is: "machine"; readonly target: string; readonly type: string; readonly data: readonly string[] };

type Ended = Extract<BuildEvent, { type: "build-ended" }>;

/** Milliseconds between two lines about a transfer. */
const PROGRESS_EVERY = 10_000;

/** A sink that hands on Packer's words for everything that has some. */
export function narrate(tell: (narration: Narration) => void): EventSink {
  const narrator = new Narrator(tell);
  return (event) => narrator.hear(event);
}

class Narrator {
  readonly #tell: (narration: Narration) => void;
  readonly #ended: Ended[] = [];
  readonly #progress = watchProgress(PROGRESS_EVERY, PROGRESS_EVERY);

  constructor(tell: (narration: Narration) => void) {
    this.#tell = tell;
  }

  hear(event: BuildEvent): void {
    switch (event.type) {
      case "said":
        this.#tell({ is: "ui", level: event.level, text: withPrefix(event), build: event.speaker?.build });
        break;
      case "progress":
        this.#tellProgress(event);
        break;
      case "machine":
        this.#machine(event.speaker === undefined ? "" : nameSpeaker(event.speaker), event.name, ...event.data);
        break;
      case "build-compared":
        this.#tellComparison(event);
        break;
      case "build-unchanged":
        this.#machine(event.build, "unchanged", event.builtAt);
        this.#say(`Build '${event.build}' is left out.`, event.build);
        this.#tellArtifacts(event);
        break;
      case "build-ended":
        this.#tellEnd(event);
        break;
      case "run-ended":
        this.#say(`\n==> Wait completed after ${speakDuration(event.milliseconds)}`);
        if (event.interrupted) {
          this.#say("Cleanly cancelled builds after being interrupted.");
        } else {
          this.#report();
        }
        break;
      default:
    }
  }

  #tellProgress(event: Extract<BuildEvent, { type: "progress" }>): void {
    const text = this.#progress(event);
    if (text !== undefined) {
      const { speaker } = event;
      this.#tell({ is: "ui", level: "message", text: `    ${nameSpeaker(speaker)}: ${text}`, build: speaker.build });
    }
  }

  #tellComparison(event: Extract<BuildEvent, { type: "build-compared" }>): void {
    if (event.reasons.length > 0) {
      this.#say(explainChange(event), event.build);
    } else if (event.builtAt !== undefined) {
      this.#say(`Nothing changed for '${event.build}' since ${event.builtAt}.`, event.build);
    }
  }

  #tellEnd(event: Ended): void {
    const { build, outcome, error = "", milliseconds } = event;
    this.#ended.push(event);
    this.#ended.sort((a, b) => (a.build < b.build ? -1 : 1));
    const time = speakDuration(milliseconds);
    if (outcome === "built") {
      this.#say(`Build '${build}' finished after ${time}.`, build);
    } else {
      this.#error(`Build '${build}' errored after ${time}: ${error}`, build);
    }
  }

  /** What all builds came to, at the end. */
  #report(): void {
    const failed = this.#ended.filter(({ outcome }) => outcome !== "built");
    if (failed.length > 0) {
      this.#machine("", "error-count", String(failed.length));
      this.#error("\n==> Some builds didn't complete successfully and had errors:");
      for (const one of failed) {
        this.#machine(one.build, "error", one.error ?? "");
        this.#error(`--> ${one.build}: ${one.error ?? ""}`);
      }
    }
    const made = this.#ended.filter(({ outcome, artifacts }) => outcome === "built" && artifacts.length > 0);
    this.#say(
      made.length > 0
        ? "\n==> Builds finished. The artifacts of successful builds are:"
        : "\n==> Builds finished but no artifacts were created.",
    );
    for (const one of made) {
      this.#tellArtifacts(one);
    }
  }

  #tellArtifacts({ build, artifacts }: Pick<Ended, "build" | "artifacts">): void {
    this.#machine(build, "artifact-count", String(artifacts.length));
    artifacts.forEach((artifact, index) => {
      for (const data of recordArtifacts(artifact, index)) {
        this.#machine(build, "artifact", ...data);
      }
      this.#say(`--> ${build}: ${artifact.nil ? "<nothing>" : artifact.text}`);
    });
  }

  #say(text: string, build?: string): void {
    this.#tell({ is: "ui", level: "say", text, build });
  }

  #error(text: string, build?: string): void {
    this.#tell({ is: "ui", level: "error", text, build });
  }

  #machine(target: string, type: string, ...data: readonly string[]): void {
    this.#tell({ is: "machine", target, type, data });
  }
}

/** Why a build is made, a reason a line. */
export function explainChange({
  build,
  reasons,
}: Pick<Extract<BuildEvent, { type: "build-compared" }>, "build" | "reasons">): string {
  return [`Build '${build}' is to be made:`, ...reasons.map((reason) => `  ${reason}`)].join("\n");
}

/** The name that stands in front of everything a speaker says. */
export function nameSpeaker(speaker: Speaker): string {
  return speaker.postProcessor === undefined ? speaker.build : `${speaker.build} (${speaker.postProcessor})`;
}

/** Every line begins with the build's name; blanks at the end of the whole text go, as in Packer. */
function withPrefix(event: Extract<BuildEvent, { type: "said" }>): string {
  if (event.speaker === undefined) {
    return event.text;
  }
  const prefix = `${event.level === "message" ? "    " : "==> "}${nameSpeaker(event.speaker)}: `;
  // Output of provisioners comes line by line.
  if (!event.text.includes("\n")) {
    return (prefix + event.text).trimEnd();
  }
  return event.text
    .split("\n")
    .map((line) => prefix + line)
    .join("\n")
    .trimEnd();
}

function recordArtifacts(artifact: ArtifactFacts, index: number): string[][] {
  const number = String(index);
  if (artifact.nil) {
    return [
      [number, "nil"],
      [number, "end"],
    ];
  }
  return [
    [number, "builder-id", artifact.builderId],
    [number, "id", artifact.id],
    [number, "string", artifact.text],
    [number, "files-count", String(artifact.files.length)],
    ...artifact.files.map((file, i) => [number, "file", String(i), file]),
    [number, "end"],
  ];
}
