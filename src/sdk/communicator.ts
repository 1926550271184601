// An open connection to the machine that is being built, and the kind that opens it.
import type { GeneratedData } from "./artifact.ts";
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema } from "./option.ts";
import type { Run } from "./run.ts";

/** How a remote command ended; `disconnected` means that the connection went away before an exit status came. */
export type CommandEnd = { readonly end: "exited"; readonly code: number } | { readonly end: "disconnected" };

/** Packer's exit status for a command that ended without one. */
export const DISCONNECTED_STATUS = 2300218;

/** What `build.ConnType` says as long as nothing is connected. */
export const NO_CONNECTION = "none";

/** Where a command reads and writes. A returned promise holds further output back. */
export interface CommandIo {
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  stdout(chunk: Uint8Array): void | Promise<void>;
  stderr(chunk: Uint8Array): void | Promise<void>;
}

/** One file on its way to the machine. */
export interface UploadSource {
  readonly content: AsyncIterable<Uint8Array>;
  /** In bytes, when known beforehand: some protocols need it and spool without. */
  readonly size?: number | undefined;
  /** Permission bits, such as `0o644`. */
  readonly mode?: number | undefined;
  /** When the file was last changed, in milliseconds since 1970; kept where the protocol can. */
  readonly modified?: number | undefined;
  /** Called with the number of bytes each time some were sent. */
  onProgress?(bytes: number): void;
}

/** An open connection. */
export interface Communicator {
  /** The kind's label, such as `ssh`. */
  readonly type: string;
  /** What the connection adds to the build's data: `Host`, `Port`, `User`, `Password`, `SSHPrivateKey`, … */
  readonly generated: GeneratedData;
  /** Runs a command to its end. Rejects only when it could not be started. */
  exec(command: string, io: CommandIo, signal: AbortSignal): Promise<CommandEnd>;
  upload(source: UploadSource, remotePath: string, signal: AbortSignal): Promise<void>;
  /** rsync's rule: a trailing slash on `localDir` sends its contents, otherwise the folder itself goes into `remoteDir`. */
  uploadDir(
    localDir: string,
    remoteDir: string,
    signal: AbortSignal,
    onProgress?: (bytes: number) => void,
  ): Promise<void>;
  download(remotePath: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  downloadDir(
    remoteDir: string,
    localDir: string,
    signal: AbortSignal,
    onProgress?: (bytes: number) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

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
