// What can be done with a container, whichever way its engine is reached.
import type { ImageFacts } from "./image.ts";

export interface DockerContainer {
  readonly id: string;
  /** How it is reached. */
  readonly over: "socket" | "program";
  /** What the engine knows of it; `undefined` when it knows no such container. */
  facts(signal: AbortSignal): Promise<ContainerFacts | undefined>;
  /** The image it was started from, as far as the engine still has it. */
  image(signal: AbortSignal): Promise<ImageFacts | undefined>;
  /** Runs a command inside to its end and gives its exit status. */
  exec(request: ExecRequest, io: ExecIo, signal: AbortSignal): Promise<number>;
  /** Unpacks a tar archive into a folder that exists inside. */
  copyIn(folder: string, archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** A file or folder as a tar archive whose first entry is the thing itself. */
  copyOut(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Bytes of the file at a path as copying sees it; `undefined` when there is none, or when asking would cost a program. */
  sizeAt(path: string, signal: AbortSignal): Promise<number | undefined>;
  /** Whether an absolute path names a folder with no link on the way; `false` also when asking would cost a program. */
  isFolderItself(path: string, signal: AbortSignal): Promise<boolean>;
  /** Makes an image of its current state and gives the image's id. */
  commit(details: CommitDetails, signal: AbortSignal): Promise<string>;
  /** Stops it at once and removes it with its unnamed volumes. Fine when there is none. */
  remove(signal: AbortSignal): Promise<void>;
}

export interface ContainerFacts {
  readonly id: string;
  readonly running: boolean;
  /** Id of the image it was started from. */
  readonly image: string;
  /** Who its commands run as, as the image or `docker run -u` says; empty for root. */
  readonly user: string;
  /** What it runs, and what an image that is made of it will. */
  readonly entrypoint?: readonly string[] | undefined;
  /** On the default network; empty when it has none. */
  readonly address: string;
  /** Where folders and files of the engine's machine are mounted: copying reaches into these, and into no other mount. */
  readonly mounts: readonly string[];
  /** Where memory is mounted as a file system from the start. */
  readonly tmpfs: readonly string[];
  /** Commands inside may mount and unmount. */
  readonly mayMount: boolean;
  /** What starts it may mount more than is told here: another program than Docker's own. */
  readonly isForeign: boolean;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly user?: string | undefined;
  /** With a terminal: then there is one stream, and lines end with CR LF. */
  readonly terminal?: boolean | undefined;
}

/** Where a command reads and writes. A returned promise holds further output back. */
export interface ExecIo {
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  stdout(chunk: Uint8Array): void | Promise<void>;
  stderr(chunk: Uint8Array): void | Promise<void>;
}

export interface CommitDetails {
  readonly author?: string | undefined;
  readonly message?: string | undefined;
  /** Dockerfile instructions. */
  readonly changes: readonly string[];
}
