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
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The variables of a JSON template, for components that live elsewhere and render `{{user}}` themselves. */
  readonly userVariables?: Readonly<Record<string, string>> | undefined;
  /** Folder of the template; `undefined` when it came from standard input. */
  readonly templateDir?: string | undefined;
  /** The files that the template was read from, as they were named. */
  readonly templateFiles?: readonly string[] | undefined;
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

/** What a removal may use. Its signal is its own: a cancelled run does not cancel its clean-up. */
export interface RemovalRun {
  readonly host: Host;
  readonly ui: Ui;
  readonly signal: AbortSignal;
}

/** What the journal knows of one thing. */
export interface ResourceRecord<Wanted extends Json = Json, Made extends Json = Json> {
  readonly wanted: Wanted;
  /** What `create` gave; missing when the process ended in between, so a removal must cope without it. */
  readonly made?: Made | undefined;
}

/** A kind of thing that is made and must not be left behind. */
export interface ResourceKind<
  Wanted extends Json = Json,
  Made extends Json = Json,
  Handle = unknown,
  Means extends readonly unknown[] = readonly unknown[],
  Name extends string = string,
> {
  /** Stands in journals, so it never changes. One component has it once. */
  readonly kind: Name;
  /** What a person calls it: `container`, `temporary folder`. */
  readonly title: string;
  /**
   * Makes it. `wanted` is in the journal already and `made` goes there: no secrets in either. `means` is what is needed beyond
   * and is written down nowhere, such as a command line. When it throws, `remove` is called with what there is; throw `NothingMade`
   * when there is certainly nothing to remove.
   */
  create(wanted: Wanted, run: Run, ...means: Means): Promise<{ readonly made: Made; readonly handle: Handle }>;
  /** Must succeed when it is gone already, leave alone what is somebody else's, and throw when it is still there. */
  remove(record: ResourceRecord<Wanted, Made>, run: RemovalRun): Promise<void>;
  /** Takes it up again in a later process. Throws when it is not there any more. */
  attach?(made: Made, run: Run): Promise<Handle>;
  /** For a person who is to find what was left in place: an id, a process number, a path. */
  describe?(record: ResourceRecord<Wanted, Made>): string;
  /** Whether it is still there, as far as that is cheap to tell. */
  isThere?(record: ResourceRecord<Wanted, Made>, host: Host): Promise<boolean>;
  /** The absolute path it takes when that is not ours alone: whoever takes it over closes the records of earlier runs. */
  place?(wanted: Wanted): string;
}

/** Any kind, for lists of them. */
export type AnyResource = ResourceKind;

export type WantedOf<K extends AnyResource> = Parameters<K["create"]>[0];
export type HandleOf<K extends AnyResource> = Awaited<ReturnType<K["create"]>>["handle"];
export type MeansOf<K extends AnyResource> =
  Parameters<K["create"]> extends [unknown, unknown, ...infer Means] ? Means : [];

/** What every component gets while running; `Kinds` are the resources that it lists. */
export interface Run<Kinds extends AnyResource = never> {
  readonly build: BuildIdentity;
  readonly settings: RunSettings;
  /** One UUID for the whole run. */
  readonly runUuid: string;
  readonly ui: Ui;
  /** Writes a line for those who look for a fault: it is in the log that `PACKER_LOG` asks for alone. */
  log(text: string): void;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** What the build has published so far. */
  readonly generated: GeneratedData;
  /** The configuration as the template has it: an object whose numbers, sets, nulls and unknown values are what they are there. */
  readonly rawConfig: Value;
  /** Renders the `{{ }}` of a late option with the given dot-values, the build's data and all template functions. */
  render(template: string, data?: Readonly<Record<string, unknown>>): string;
  /**
   * Makes something that must not be left behind: writes the intent to the journal, creates it, writes what it is.
   * Removed in reverse order when the component's run ends (a builder's: when the build ends), unless kept.
   */
  acquire<K extends Kinds>(kind: K, wanted: WantedOf<K>, ...means: MeansOf<K>): Promise<HandleOf<K>>;
  /** Removes now what `acquire` or `temporaryFolder` gave. */
  remove(handle: unknown): Promise<void>;
  /** Leaves what `acquire` gave in place: it has become an artifact. */
  keep(handle: unknown): void;
  /** An acquired empty folder, mode 0700. */
  temporaryFolder(prefix: string): Promise<string>;
  /** Hides a value from everything that is printed from now on. */
  hide(secret: string): void;
  /** Runs a command over a connection and shows its output line by line: stdout as messages, stderr as errors. */
  execute(communicator: Communicator, command: string, io?: Partial<CommandIo>): Promise<CommandEnd>;
  /** Repeats `body` every 2 seconds until it does not throw, `timeout` milliseconds have passed or the run is cancelled. */
  retry<T>(timeout: number, body: () => Promise<T>): Promise<T>;
}
