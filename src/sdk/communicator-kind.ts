// A way to connect to the machine that is being built: what a builder gives it and what it answers.
import type { Duplex } from "node:stream";
import type { Address } from "../host/host.ts";
import type { Communicator } from "./communicator.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { Run } from "./run.ts";

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
  /** Of a cloud that tells it late, a promise: connecting waits for it, and ends at once with its failure. */
  readonly password?: string | Promise<string> | undefined;
  /**
   * Opens the stream to `host` and `port` instead of a TCP connection, for machines that only a tunnel of the builder's leads to;
   * asked again for every connection. A bastion or a proxy that the user set is gone through instead.
   */
  dial?(to: Address, signal: AbortSignal): Promise<Duplex>;
  /** Private keys in OpenSSH or PEM form. */
  readonly privateKeys?: readonly string[] | undefined;
  /** The pair that `BuildRun.temporaryKey` gave, once the machine lets it in. */
  readonly temporaryKey?: TemporaryKey | undefined;
  /** What one kind understands beside, by its label. */
  readonly own?: Readonly<Record<string, unknown>> | undefined;
  /** Who takes connections in the machine's place, also before it is there: that one is open says nothing then. */
  readonly answeredBy?: string | undefined;
  /** What can be seen of the machine from outside, for those who wait for it. */
  observe?(): Promise<Observation>;
  /** Aborted, with the failure as its reason, once there is no machine any more: waiting for it ends at once. */
  readonly gone?: AbortSignal | undefined;
}

/** What can be seen of a machine that does not answer. */
export interface Observation {
  /** A sentence each. */
  readonly facts: readonly string[];
  /** What it, or what runs it, said last: several lines, for the end of a failure. */
  readonly words?: string | undefined;
}

/** What may be unknown and may take time to find out. */
export type Answer<T> = T | undefined | Promise<T | undefined>;

/** A way to connect: its options (all with the label as prefix) and how to open a connection. */
export interface CommunicatorKind<S extends OptionSchema = OptionSchema> extends Component<"communicator", S> {
  /** False for the kind that stands for having no machine to reach. */
  readonly connects?: boolean | undefined;
  /** The machine's address: as the template says it, else as the builder does. */
  host?(config: ConfigOf<S>, target?: ConnectTarget): Answer<string>;
  /** Where it listens: as the builder says it, which may forward a port, else on the machine itself as the template says or by custom. */
  port?(config: ConfigOf<S>, target?: ConnectTarget): Answer<number>;
  /** Who logs in: as the template says it, else as the builder does. */
  user?(config: ConfigOf<S>, target?: ConnectTarget): Answer<string>;
  /** With which password, likewise; none when the log-in is another. */
  password?(config: ConfigOf<S>, target?: ConnectTarget): Answer<string>;
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
