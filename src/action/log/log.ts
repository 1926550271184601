// What the parts of the action may do with the log of the step.
import type { Face } from "../../command/command.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";

/** How near a piece of a file is to what was changed. */
export type Nearness = "changed" | "same-file" | "elsewhere";

/** The changes of a pull request. */
export interface Changes {
  /** Whether lines of a file, by its path in the repository, were changed; both lines are included. */
  nearness(path: string, first: number, last: number): Nearness;
}

/** A message with what it is about. */
export interface Found {
  readonly diagnostic: Diagnostic;
  /** The file that its place is in, where that was read. */
  readonly file: TextFile | undefined;
  /** The template that was worked on; `undefined` when it was none. */
  readonly template: string | undefined;
}

/** Errors and warnings on the lines of a pull request. */
export interface AnnotationList {
  /** Everything that was shown. It is data: whoever shows it again hides the secrets in it. */
  readonly all: readonly Diagnostic[];
  /** The same with what each is about. */
  readonly found: readonly Found[];
  /** What is shown from now on is about this template. */
  about(template: string | undefined): void;
  /** How many found no room among the annotations. */
  readonly unannotated: number;
  /** From now on what was changed comes first. `changes` is asked only when there are more messages than room. */
  prefer(changes: () => Promise<Changes | undefined>): void;
  /** Writes all that is held back. Nothing is held back after this. */
  release(): Promise<void>;
}

/** The face of the action, with what only a workflow's log has. */
export interface Log extends Face {
  readonly annotations: AnnotationList;
  /** Grows with everything that is said; tells whether anything was since. */
  readonly lines: number;
  /** Grows with everything that is printed; what waits for its turn does not count. */
  readonly shown: number;
  /** How many lines of a build wait until those of others are printed. */
  waiting(build: string): number;
  /** From now on every line of a build begins with the time at which it was said. */
  showTimes(): void;
  /** A line about the run as a whole that does not wait for any group. */
  now(text: string): void;
  /** A line for finding faults, wherever the log is: as it is, or for runs that are looked at with the runner's own debug log. */
  debug(line: string, how: "shown" | "debug"): void;
  /** An annotation that neither fails nor warns. */
  notice(title: string, text: string): void;
  /** Runs something that prints by itself, in a group of its own. */
  apart<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Prints what waits. Nothing comes after this. */
  end(): void;
}
