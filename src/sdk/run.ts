// What a component may use while it runs. Nothing else may be reached for.
import type { Value } from "../cty/value.ts";
import type { Host } from "../host/host.ts";
import type { GeneratedData } from "./artifact.ts";
import type { CommandEnd, CommandIo, Communicator } from "./communicator.ts";

/** Values that survive `JSON.stringify`: what the journal can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What to do when a step fails. */
export type OnError = "cleanup" | "abort" | "ask" | "run-cleanup-provisioner";

/** The build a component works for. */
export interface BuildIdentity {
  readonly name: string;
  readonly builderType: string;
}

/** What the user asked of the whole run. */
export interface RunSettings {
  readonly force: boolean;
  readonly debug: boolean;
  readonly onError: OnError;
  readonly packerVersion: string;
  /** Facts about the run for everything made on a platform that has labels; none unless the caller knows some. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Folder of the template; `undefined` when it came from standard input. */
  readonly templateDir?: string | undefined;
}

/** Speaks to the user with the build's name in front. */
export interface Ui {
  /** A heading: `==> name: text`. */
  say(text: string): void;
  /** A detail: `    name: text`. */
  message(text: string): void;
  error(text: string): void;
  /** A line for machines only: a type and its fields. */
  machine(type: string, ...data: readonly string[]): void;
  /** Asks for one line; `undefined` when nobody can answer. */
  ask(question: string): Promise<string | undefined>;
  /** Shows how far something long has come. `total` in bytes, if known. */
  progress(label: string, total?: number): Progress;
}

export interface Progress {
  /** Bytes done since the last call. */
  advance(bytes: number): void;
  end(): void;
}

/** Something about to be made that must not be left behind. */
export interface ResourceIntent {
  /** Key of the component's `removes`; or `process`, whose end is known to all: a `mark` as data, an object with the `pid` as what was made. */
  readonly kind: string;
  /** What a person calls it: `container`, `temporary folder`. */
  readonly title: string;
  /** What its removal needs and is known before it exists. No secrets. */
  readonly data: Json;
}

/** A resource as the journal knows it. */
export interface Resource extends ResourceIntent {
  /** What `create` gave; missing when the process ended in between, so a removal must cope without it. */
  readonly made?: Json;
}

/** What a removal may use. Its signal is its own: a cancelled run does not cancel its clean-up. */
export interface RemovalRun {
  readonly host: Host;
  readonly ui: Ui;
  readonly signal: AbortSignal;
}

/** Removes a resource. Must succeed when it is gone already, and throw when it is still there. */
export type Removal = (resource: Resource, run: RemovalRun) => Promise<void>;

/** What every component gets while running. */
export interface Run {
  readonly build: BuildIdentity;
  readonly settings: RunSettings;
  /** One UUID for the whole run. */
  readonly runUuid: string;
  readonly ui: Ui;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** What the build has published so far. */
  readonly generated: GeneratedData;
  /** The configuration as the template has it: an object whose numbers, sets, nulls and unknown values are what they are there. */
  readonly rawConfig: Value;
  /** Renders the `{{ }}` of a late option with the given dot-values, the build's data and all template functions. */
  render(template: string, data?: Readonly<Record<string, unknown>>): string;
  /**
   * Makes something that must not be left behind: writes the intent to the journal, calls `create`, writes what it gave.
   * Removed in reverse order when the component's run ends (a builder's: when the build ends), unless kept.
   */
  acquire<T extends Json>(intent: ResourceIntent, create: () => Promise<T>): Promise<T>;
  /** Removes an acquired resource now. */
  remove(made: Json): Promise<void>;
  /** Leaves an acquired resource in place: it has become an artifact. */
  keep(made: Json): void;
  /** An acquired empty folder, mode 0700. */
  temporaryFolder(prefix: string): Promise<string>;
  /** Hides a value from everything that is printed from now on. */
  hide(secret: string): void;
  /** Runs a command over a connection and shows its output line by line: stdout as messages, stderr as errors. */
  execute(communicator: Communicator, command: string, io?: Partial<CommandIo>): Promise<CommandEnd>;
  /** Repeats `body` every 2 seconds until it does not throw, `timeout` milliseconds have passed or the run is cancelled. */
  retry<T>(timeout: number, body: () => Promise<T>): Promise<T>;
}
