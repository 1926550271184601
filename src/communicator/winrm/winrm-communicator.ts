// An open WinRM connection: commands and files in Packer's terms.
import { basename, join, resolve, win32 } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import type { Access } from "../../driver/winrm/authenticated.ts";
import type { WinrmClient } from "../../driver/winrm/client.ts";
import { runCommand } from "../../driver/winrm/run-command.ts";
import type { ReceivedEntry, SentEntry } from "../../driver/winrm/transfer/container.ts";
import { download } from "../../driver/winrm/transfer/download.ts";
import { listEntries, writeEntries } from "../../driver/winrm/transfer/local-folder.ts";
import { upload } from "../../driver/winrm/transfer/upload.ts";
import type { Communicator, FolderTransfer, UploadSource } from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";
import { compileLeftOut } from "../../step/left-out.ts";
import { toWindowsPath } from "./windows-path.ts";

/** Milliseconds that closing waits for what is still under way. */
const CLOSE_LIMIT = 15_000;

/** The connection of a client that has been found to work. */
export function openCommunicator(run: Pick<Run, "host">, client: WinrmClient, access: Access): Communicator {
  const { host, port } = client.endpoint;
  const busy = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.catch(() => {}).finally(() => busy.delete(settled));
    busy.add(settled);
    return work;
  };
  const { tempDir } = run.host;
  return {
    type: "winrm",
    generated: {
      ConnType: "winrm",
      Host: host,
      Port: port,
      User: access.username,
      Password: access.password,
      WinRMPassword: access.password,
    },
    exec: (command, io, signal) => track(runCommand(client, command, io, signal)),
    upload: async (source, remotePath, signal) =>
      track(
        upload(
          client,
          { entries: asSingle(source), destination: toFilePath(remotePath), tempDir, ...tellProgress(source) },
          signal,
        ),
      ),
    uploadDir: (localDir, remoteDir, signal, transfer = {}) => {
      const contents = readFolder(localDir, transfer);
      return track(upload(client, { ...contents, destination: toWindowsPath(remoteDir), tempDir }, signal));
    },
    download: (remotePath, signal) => readFile(client, toWindowsPath(remotePath), signal),
    downloadDir(remoteDir, localDir, signal, transfer = {}) {
      const folder = toWindowsPath(remoteDir);
      // As for uploads: without a separator at its end the folder itself is meant, not its contents.
      const target = folder.endsWith("\\") ? localDir : join(localDir, win32.basename(folder));
      const entries = countBytes(download(client, folder, true, signal), transfer.onProgress?.bind(transfer));
      return track(writeEntries(isWanted(entries, compileLeftOut(transfer)), target, signal));
    },
    async close() {
      // A cancelled command is still being ended on the machine.
      const settled = async (): Promise<void> => void (await Promise.all(busy));
      await run.host.clock.within(CLOSE_LIMIT, undefined, settled, () => new Error("late")).catch(() => {});
      client.close();
    },
  };
}

/** What a folder holds, and how its shares of the compressed stream are told as bytes read. */
function readFolder(
  localDir: string,
  transfer: FolderTransfer,
): { entries: AsyncIterable<SentEntry>; onProgress(share: number): void } {
  let read = 0;
  let told = 0;
  const prefix = /[\\/]$/.test(localDir) ? "" : basename(resolve(localDir));
  const count = (bytes: number): void => {
    read += bytes;
  };
  return {
    entries: listEntries(localDir, prefix, count, compileLeftOut(transfer)),
    onProgress(share) {
      transfer.onProgress?.(Math.round(read * share) - told);
      told = Math.round(read * share);
    },
  };
}

async function* asSingle({ content }: UploadSource): AsyncGenerator<SentEntry> {
  yield { name: "", content };
}

/** Shares of the compressed stream as bytes of the file; only possible where its size is known. */
function tellProgress({ size, onProgress }: UploadSource): { onProgress?(share: number): void } {
  if (size === undefined || onProgress === undefined) {
    return {};
  }
  let told = 0;
  return {
    onProgress(share) {
      onProgress(Math.round(size * share) - told);
      told = Math.round(size * share);
    },
  };
}

function toFilePath(remotePath: string): string {
  const path = toWindowsPath(remotePath);
  if (!path.endsWith("\\") && path !== "") {
    return path;
  }
  throw failure(
    "provisioner",
    "communicator/winrm-path",
    `The destination "${remotePath}" names a folder, not a file`,
    {
      hint: "Add the name that the file shall have on the machine.",
    },
  );
}

/** Tells how much content has come. */
async function* countBytes(
  entries: AsyncIterable<ReceivedEntry>,
  onProgress: (bytes: number) => void = () => {},
): AsyncGenerator<ReceivedEntry> {
  const tell = async function* (content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      onProgress(chunk.length);
      yield chunk;
    }
  };
  for await (const entry of entries) {
    yield entry.content === undefined ? entry : { ...entry, content: tell(entry.content) };
  }
}

/** Reads over what is to stay there, with everything in it. */
async function* isWanted(
  entries: AsyncIterable<ReceivedEntry>,
  leftOut: (path: string) => boolean = () => false,
): AsyncGenerator<ReceivedEntry> {
  for await (const entry of entries) {
    const parts = entry.name.split("/").filter((part) => part !== "");
    if (!parts.some((_, i) => leftOut(parts.slice(0, i + 1).join("/")))) {
      yield entry;
      continue;
    }
    for await (const _ of entry.content ?? []) {
      // The next entry only comes after it.
    }
  }
}

async function* readFile(client: WinrmClient, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const { content } of download(client, path, false, signal)) {
    if (content !== undefined) {
      yield* content;
    }
  }
}
