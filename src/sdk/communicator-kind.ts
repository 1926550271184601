// A way to connect to the machine that is being built: what a builder gives it and what it answers.
import type { Communicator } from "./communicator.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { Run } from "./run.ts";

/** A container of this machine's Docker engine. */
export interface ContainerTarget {
  readonly id: string;
  /** The docker program. */
  readonly executable: string;
  readonly execUser: string;
  readonly pty: boolean;
  readonly windows: boolean;
  /** Give uploaded files to the container's user. */
  readonly fixUploadOwner: boolean;
  /** A folder of this machine that the container sees as `containerDir`. */
  readonly hostDir: string;
  readonly containerDir: string;
}

/** A key pair that lives no longer than the build. */
export interface TemporaryKey {
  /** Also the comment at the end of the public key. */
  readonly name: string;
  /** One line for `authorized_keys`. */
  readonly publicKey: string;
  readonly privateKey: string;
}

/** What a builder knows of the machine it made; options that the user set win. */
export interface ConnectTarget {
  /** Asked again for every attempt; throws while the address is not known yet. */
  readonly host?: (() => Promise<string>) | undefined;
  readonly port?: (() => Promise<number>) | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Private keys in OpenSSH or PEM form. */
  readonly privateKeys?: readonly string[] | undefined;
  /** The pair that `BuildRun.temporaryKey` gave, once the machine lets it in. */
  readonly temporaryKey?: TemporaryKey | undefined;
  readonly container?: ContainerTarget | undefined;
  /** Aborted, with the failure as its reason, once there is no machine any more: waiting for it ends at once. */
  readonly gone?: AbortSignal | undefined;
}

/** A way to connect: its options (all with the label as prefix) and how to open a connection. */
export interface CommunicatorKind<S extends OptionSchema = OptionSchema> extends Component<"communicator", S> {
  /** False for the kind that stands for having no machine to reach. */
  readonly connects?: boolean | undefined;
  /** The machine's address, when the template says it. */
  host?(config: ConfigOf<S>): string | undefined;
  /** Waits until the machine can be reached and is ready for commands. Called again from scratch for `pause_before_connecting`. */
  connect(config: ConfigOf<S>, target: ConnectTarget, run: Run): Promise<Communicator>;
  /** Makes a key pair for the machine; `undefined` when the template says how to log in. */
  temporaryKey?(config: ConfigOf<S>, run: Run): Promise<TemporaryKey | undefined>;
  /** What is to be done on the machine once its provisioners are through. */
  provisioned?(machine: Communicator, config: ConfigOf<S>, target: ConnectTarget, run: Run): Promise<void>;
}

export function defineCommunicator<S extends OptionSchema>(
  kind: Omit<CommunicatorKind<S>, "kind">,
): CommunicatorKind<S> {
  return Object.freeze({ ...kind, kind: "communicator" as const });
}
