// An open connection to the machine that is being built.
import type { GeneratedData } from "./artifact.ts";

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

/** What is to be known of a folder on its way. */
export interface FolderTransfer {
  /** Called with the number of bytes each time some came through. */
  onProgress?(bytes: number): void;
  /**
   * Patterns of what stays where it is, with all that lies in it: a name at any depth (`.git`, `*.tmp`), or with a slash a path
   * below the folder (`build/cache`, `docs/**`). `*` and `?` stand for no slash, `**` for any path.
   */
  readonly exclude?: readonly string[] | undefined;
}

/** The way to connect that a template chose. */
export interface ChosenCommunicator {
  readonly type: string;
  /** Its options, with those of the builder. */
  readonly config: Readonly<Record<string, unknown>>;
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
  uploadDir(localDir: string, remoteDir: string, signal: AbortSignal, transfer?: FolderTransfer): Promise<void>;
  download(remotePath: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  downloadDir(remoteDir: string, localDir: string, signal: AbortSignal, transfer?: FolderTransfer): Promise<void>;
  close(): Promise<void>;
}
