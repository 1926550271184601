// The contract of a builder: it makes a machine, has it provisioned, and gives an artifact.
import type { Artifact, GeneratedData } from "./artifact.ts";
import type { ChosenCommunicator, Communicator } from "./communicator.ts";
import type { ConnectTarget, TemporaryKey } from "./communicator-kind.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { AnyResource, RemovalRun, Run } from "./run.ts";

/** What a build starts from, so that it can be told whether it is still the same. */
export interface BaseFacts {
  /** For people: the image's name, or the ISO's address. */
  readonly what: string;
  /** Changes whenever the content does. */
  readonly digest: string;
}

/** An artifact of an earlier run, as a record keeps it. */
export interface EarlierArtifact {
  readonly builderId: string;
  readonly id: string;
  readonly files: readonly string[];
}

/** The machine that a build has to run on. */
export interface MachineNeeds {
  readonly os?: "linux" | "windows" | undefined;
  /** The family of the processor; any unless set. */
  readonly arch?: "arm" | undefined;
}

export interface Builder<S extends OptionSchema = OptionSchema, Kinds extends AnyResource = AnyResource>
  extends Component<"builder", S> {
  readonly resources?: readonly Kinds[] | undefined;
  /** Labels of the communicators it can use, the default first. Their options are accepted beside its own. */
  readonly communicators: readonly string[];
  /** It connects to its machine by itself: `communicator` and all options of connections are its own business. */
  readonly connectsItself?: boolean | undefined;
  /** Reads as the list of its steps. `undefined` when nothing came of it and that is fine. */
  build(config: ConfigOf<S>, run: BuildRun<Kinds>): Promise<Artifact | undefined>;
  /** Finds out cheaply what a build would start from now; `undefined` when it starts from nothing. Throws when it cannot be told. */
  base?(config: ConfigOf<S>, run: LookRun): Promise<BaseFacts | undefined>;
  /** What the machine that runs the build has to be; any will do unless it says. Also asked about options with mistakes. */
  needs?(config: ConfigOf<S>): MachineNeeds;
  /** Whether an artifact of an earlier run is still there; `undefined` when that cannot be told cheaply. */
  exists?(artifact: EarlierArtifact, config: ConfigOf<S>, run: LookRun): Promise<boolean | undefined>;
}

/** What a look at the world before any build may use. */
export interface LookRun extends RemovalRun {
  /** Hides a value from everything that is printed from now on. */
  hide(secret: string): void;
  /** An empty folder, mode 0700; to be removed with `remove`. */
  temporaryFolder(prefix: string): Promise<string>;
  remove(folder: unknown): Promise<void>;
}

/** What is known before there is a machine, whichever communicator was chosen. */
export interface CommunicatorFacts extends ChosenCommunicator {
  /** False when no machine is to be reached. */
  readonly connects: boolean;
  /** The address that the template says. */
  readonly host?: string | undefined;
  /** The port on the machine itself. */
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** Who holds a port of this machine. */
export interface PortOwner {
  readonly build: string;
  readonly isOwn: boolean;
}

/** Ports of this machine, of which builds of one run do not take each other's. */
export interface SharedPorts {
  /** Notes that this build takes a port, until it has ended; gives who holds it instead. */
  claim(port: number): PortOwner | undefined;
  /** Takes that back: somebody else has the port, or it is not needed any more. */
  giveBack(port: number): void;
  /** Waits until another build no longer holds one of them; false at once when that would be for ever. */
  untilGivenBack(ports: readonly number[], signal: AbortSignal): Promise<boolean>;
}

export interface BuildRun<Kinds extends AnyResource = never> extends Run<Kinds> {
  readonly ports: SharedPorts;
  /** Runs one titled step: a group in the log, a row in the summary, the unit of `-debug` and `-on-error`. */
  step<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Makes values known to templates (`build.ID`) from now on. */
  publish(data: GeneratedData): void;
  /** The communicator that the template chose, with what the template says about reaching the machine. */
  communicator(): Promise<CommunicatorFacts>;
  /** A key pair to let into the machine before `connect`; `undefined` when the communicator needs none. */
  temporaryKey(): Promise<TemporaryKey | undefined>;
  /** Opens the connection that the template chose. Closed when the build ends. */
  connect(target: ConnectTarget): Promise<Communicator>;
  /** Runs the template's provisioners; `undefined` gives them a machine on which every command succeeds without doing anything. */
  provision(communicator: Communicator | undefined): Promise<void>;
}

export function defineBuilder<S extends OptionSchema, Kinds extends AnyResource = never>(
  builder: Omit<Builder<S, Kinds>, "kind">,
): Builder<S, Kinds> {
  return Object.freeze({ ...builder, kind: "builder" as const });
}
