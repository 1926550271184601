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
  const ended: Ended[] = [];
  const progress = watchProgress(PROGRESS_EVERY, PROGRESS_EVERY);
  const say = (text: string, build?: string): void => tell({ is: "ui", level: "say", text, build });
  const error = (text: string, build?: string): void => tell({ is: "ui", level: "error", text, build });
  const machine = (target: string, type: string, ...data: readonly string[]): void =>
    tell({ is: "machine", target, type, data });
  const tellArtifacts = ({ build, artifacts }: Pick<Ended, "build" | "artifacts">): void => {
    machine(build, "artifact-count", String(artifacts.length));
    artifacts.forEach((artifact, index) => {
      for (const data of recordArtifacts(artifact, index)) {
        machine(build, "artifact", ...data);
      }
      say(`--> ${build}: ${artifact.nil ? "<nothing>" : artifact.text}`);
    });
  };
  const report = (): void => {
    const failed = ended.filter(({ outcome }) => outcome !== "built");
    if (failed.length > 0) {
      machine("", "error-count", String(failed.length));
      error("\n==> Some builds didn't complete successfully and had errors:");
      for (const one of failed) {
        machine(one.build, "error", one.error ?? "");
        error(`--> ${one.build}: ${one.error ?? ""}`);
      }
    }
    const made = ended.filter(({ outcome, artifacts }) => outcome === "built" && artifacts.length > 0);
    say(
      made.length > 0
        ? "\n==> Builds finished. The artifacts of successful builds are:"
        : "\n==> Builds finished but no artifacts were created.",
    );
    for (const one of made) {
      tellArtifacts(one);
    }
  };
  return (event) => {
    switch (event.type) {
      case "said":
        tell({ is: "ui", level: event.level, text: withPrefix(event), build: event.speaker?.build });
        break;
      case "progress": {
        const text = progress(event);
        if (text !== undefined) {
          tell({
            is: "ui",
            level: "message",
            text: `    ${nameSpeaker(event.speaker)}: ${text}`,
            build: event.speaker.build,
          });
        }
        break;
      }
      case "machine":
        machine(event.speaker === undefined ? "" : nameSpeaker(event.speaker), event.name, ...event.data);
        break;
      case "build-compared":
        if (event.reasons.length > 0) {
          say(explainChange(event), event.build);
        } else if (event.builtAt !== undefined) {
          say(`Nothing changed for '${event.build}' since ${event.builtAt}.`, event.build);
        }
        break;
      case "build-unchanged":
        machine(event.build, "unchanged", event.builtAt);
        say(`Build '${event.build}' is left out.`, event.build);
        tellArtifacts(event);
        break;
      case "build-ended":
        ended.push(event);
        ended.sort((a, b) => (a.build < b.build ? -1 : 1));
        if (event.outcome === "built") {
          say(`Build '${event.build}' finished after ${speakDuration(event.milliseconds)}.`, event.build);
        } else {
          error(
            `Build '${event.build}' errored after ${speakDuration(event.milliseconds)}: ${event.error ?? ""}`,
            event.build,
          );
        }
        break;
      case "run-ended":
        say(`\n==> Wait completed after ${speakDuration(event.milliseconds)}`);
        if (event.interrupted) {
          say("Cleanly cancelled builds after being interrupted.");
        } else {
          report();
        }
        break;
      default:
    }
  };
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
