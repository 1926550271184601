// What builders, provisioners, post-processors, data sources and communicators have in common.
import type { Value } from "../cty/value.ts";
import type { Host } from "../host/host.ts";
import type { PublishedName } from "./build-data.ts";
import type { ChosenCommunicator } from "./communicator.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { AnyResource, BuildIdentity, RunSettings } from "./run.ts";

export type ComponentKind = "builder" | "provisioner" | "post-processor" | "datasource" | "communicator";

/** A part that templates name by its type. Frozen, without state. */
export interface Component<Kind extends ComponentKind = ComponentKind, S extends OptionSchema = OptionSchema> {
  readonly kind: Kind;
  /** The label users write; also the folder's name. */
  readonly type: string;
  /** One sentence for documentation and help. */
  readonly summary: string;
  readonly options: S;
  /** What the schema cannot say. May run many times and changes nothing outside; may look whether files exist. */
  prepare?(config: ConfigOf<S>, context: PrepareContext): void | Promise<void>;
  /** Files and folders of this machine whose content goes into what is built. Whoever looks for changes compares them. */
  reads?(config: ConfigOf<S>): readonly string[];
  /** Tells which absolute paths in those folders do not go into it after all. */
  leavesOut?(config: ConfigOf<S>, cwd: string): (path: string) => boolean;
  /**
   * Files and folders of the user's choosing that it makes anew, whatever stood there. A template is refused when one of them is not
   * the build's own, is needed by it, or is another build's as well.
   */
  writes?(config: ConfigOf<S>, build: BuildIdentity): readonly WrittenPath[];
  /** Every kind of thing it acquires. Their `remove` is the only removal path, also for a later process that finds the journal. */
  readonly resources?: readonly AnyResource[] | undefined;
}

/** A path as the template says it. */
export interface WrittenPath {
  readonly option: string;
  readonly path: string;
  /** A folder goes with everything in it. */
  readonly is: "file" | "folder";
  /** Tells what it will hold: builds that write the same there do each other no harm. */
  readonly content?: string | undefined;
  /** As Packer, several builds may write it, the last one wins: that is only warned about. */
  readonly mayBeShared?: boolean | undefined;
}

/** Collects what is wrong with a configuration; the template adds file, line and source text. */
export interface PrepareContext {
  /** `option` names what to point at, with dots into blocks; `""` for the whole block. */
  problem(option: string, summary: string, more?: { detail?: string | undefined; hint?: string | undefined }): void;
  warn(option: string, summary: string): void;
  /** Names this builder publishes as `build.<Name>` beside the common ones. */
  generates(...names: readonly PublishedName[]): void;
  /** True when the user wrote the option. */
  isSet(option: string): boolean;
  /** True when the value is only known during the run: what is here now stands in for it. */
  isPending(option: string): boolean;
  /** The configuration as the template has it, before anything is converted; for components that live elsewhere. */
  readonly rawConfig: Value;
  /** Without names for a data source, which is read before there is a build. */
  readonly build: BuildIdentity;
  readonly settings: RunSettings;
  readonly host: Pick<Host, "platform" | "cwd" | "env" | "homeDir" | "tempDir" | "cacheDir" | "files">;
  /** Builders only: the chosen communicator with its options. */
  readonly communicator?: ChosenCommunicator | undefined;
}
