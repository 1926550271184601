// The contract of a command: what it accepts, and what it may use. The edges turn flags or inputs into it.

import type { EventSink, Speaker } from "../core/build-event.ts";
import type { RunResult } from "../core/run-plan.ts";
import type { Secrets } from "../core/secrets.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { SourceFiles } from "../diagnostic/render.ts";
import type { Host } from "../host/host.ts";
import type { LoadCatalog } from "../sdk/catalog.ts";
import type { ConfigOf, Option, OptionSchema } from "../sdk/option.ts";
import type { Lookups } from "../template/engine/scope.ts";
import type { RecordedRun } from "./recorded-run.ts";
import type { Section } from "./section.ts";
import type { Services } from "./service.ts";

/** How an option looks on the command line and among the action's inputs. */
export interface EdgeFacts {
  /** Shown in the help after the flag: `-var-file=PATH`. */
  readonly placeholder?: string | undefined;
  /** A list may also be given at once, cut at this character. */
  readonly separator?: string | undefined;
  /** Name of the action's input; the option's name with dashes unless set, `false` for none. */
  readonly input?: string | false | undefined;
  /** Default of the input where it differs from that of the flag. */
  readonly inputDefault?: unknown;
  /** Default that the runner works out: an expression of workflows. */
  readonly runnerDefault?: string | undefined;
  /** False when the command line does not have it. */
  readonly flag?: false | undefined;
  /** How a map is written as an input: in YAML unless set, else a value a line, of which `text` never has a structure. */
  readonly valueForm?: "text" | "any" | undefined;
  /** The commands that use an input of the action's own; all unless set. */
  readonly commands?: readonly string[] | undefined;
}

export type CommandOption<T = unknown> = Option<T> & EdgeFacts;
export type CommandSchema = Readonly<Record<string, CommandOption>>;

/** Adds to an option what the edges need to know. */
export function edge<T>(option: Option<T>, facts: EdgeFacts): Option<T> & EdgeFacts {
  return Object.freeze({ ...option, ...facts });
}

/** Where a command's words go: a terminal, a machine-readable stream, or a workflow's log. */
export interface Face {
  readonly sink: EventSink;
  /** A result for the user; may have several lines. */
  say(text: string): void;
  error(text: string): void;
  /** A file for another program to read: as it is, without a line end of its own. A line like any other unless the face can do that. */
  readonly raw?: ((text: string) => void) | undefined;
  /** A line for machines only. */
  machine(type: string, ...data: readonly string[]): void;
  diagnostics(diagnostics: readonly Diagnostic[], files: SourceFiles): void;
}

export interface CommandContext {
  readonly host: Host;
  /** Loaded when it is first asked for. */
  readonly catalog: LoadCatalog;
  /** Missing where nothing outside is asked: such values stay unknown. */
  readonly lookups?: Lookups | undefined;
  readonly face: Face;
  /** Arguments after the first one, for commands that take several. */
  readonly moreArguments?: readonly string[] | undefined;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly readStdin: () => Promise<Uint8Array>;
  /** `undefined` when nobody can answer. */
  readonly ask: (question: string, speaker: Speaker | undefined) => Promise<string | undefined>;
  /** Folder for the journal of what a run creates. */
  readonly journalDir: string;
  /** What resources are labelled with, and the journal says of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Where people are: hints speak of flags in a terminal and of the step's inputs in a workflow. */
  readonly edge?: "terminal" | "workflow" | undefined;
  /** What this edge does for single commands. */
  readonly services?: Services | undefined;
}

/** What a command came to besides its exit code: `valid` unless it says so. `refused` failed on purpose, before anything was done. */
export type CommandOutcome = "built" | "valid" | "done" | "refused";

/** Values for those who come after: a text as it is, all else in JSON. */
export type CommandOutputs = Readonly<Record<string, unknown>>;

/** What a command gives: data that every edge can show in its own way. What its face was told is not told again. */
export interface CommandResult {
  readonly exitCode: number;
  readonly outcome?: CommandOutcome | undefined;
  /** All that is wrong with what it was given. */
  readonly diagnostics: readonly Diagnostic[];
  readonly outputs?: CommandOutputs | undefined;
  readonly sections?: readonly Section[] | undefined;
  /** The builds that it ran. */
  readonly run?: RunResult | undefined;
  /** Builds that ran elsewhere, of which no event has told. */
  readonly recorded?: RecordedRun | undefined;
}

/** What the results for several templates are together. */
export type CombinedResult = Partial<Pick<CommandResult, "diagnostics" | "outputs" | "sections">>;

/** What a command does with a template; an edge guards each in its own way. `none` takes no template. */
export type TemplateUse = "build" | "evaluate" | "read" | "none";

/** A command such as `build`. */
export interface Command<S extends OptionSchema = OptionSchema> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for its help. */
  readonly description: string;
  /** What stands after the flags, such as `TEMPLATE`; `undefined` for nothing. */
  readonly argument?: string | undefined;
  /** True when the command also runs without the argument. */
  readonly argumentIsOptional?: boolean | undefined;
  /** True when the argument may be given more than once; those after the first are in `CommandContext.moreArguments`. */
  readonly severalArguments?: boolean | undefined;
  /** The files that it takes of those that a pattern finds; all unless set. */
  readonly takesFiles?: RegExp | undefined;
  readonly templateUse: TemplateUse;
  /** True when it needs somebody at a terminal, or is of no use in a workflow. */
  readonly isTerminalOnly?: boolean | undefined;
  /** True when `-detailed-exitcode` can tell why it failed. */
  readonly tellsFailureByExitCode?: boolean | undefined;
  /** True when it brings together what builds of other jobs left. */
  readonly takesResults?: boolean | undefined;
  /** True when what a pull request changes for each image is a finding of its kind. */
  readonly comparesImages?: boolean | undefined;
  /** The outputs that it gives, each with the sentence that documents it. */
  readonly outputs?: Readonly<Record<string, string>> | undefined;
  readonly options: S;
  run(config: ConfigOf<S>, template: string, context: CommandContext): Promise<CommandResult>;
  /** Adds up what it gave for several templates, also for none; what it finds wrong with all of them has not been told. */
  combine?(results: readonly CommandResult[], config: ConfigOf<S>): CombinedResult;
}

export function defineCommand<S extends OptionSchema>(command: Command<S>): Command<S> {
  return Object.freeze(command);
}
