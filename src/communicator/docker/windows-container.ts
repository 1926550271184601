// An open connection to a Windows container: docker cannot copy into a running one, so files go through a folder that both sides see.
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import type { Communicator } from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";
import type { ContainerTarget } from "../../step/container-target.ts";
import { execIn } from "./command.ts";
import { KeptWords } from "./kept-words.ts";
import { copyFolder } from "./part-of-folder.ts";

/** A name in the shared folder, as this machine and as the container say it. */
interface SharedPath {
  readonly here: string;
  readonly there: string;
}

/** The connection. */
export function openWindowsContainer(container: DockerContainer, target: ContainerTarget, run: Run): Communicator {
  const exec: Communicator["exec"] = (command, io, signal) => {
    const request = { command: ["powershell", `(${command})`], user: target.execUser, terminal: target.pty };
    return execIn(container, request, io, { clock: run.host.clock, signal });
  };
  const powershell = (command: string, what: string, signal: AbortSignal): Promise<void> =>
    demandSuccess(exec, command, what, signal);
  const shared = <T>(prefix: string, body: (path: SharedPath) => Promise<T>): Promise<T> =>
    withShared(target, run, prefix, body);
  return {
    type: "docker",
    generated: {},
    exec,
    upload: (source, remotePath, signal) =>
      shared("upload", async ({ here, there }) => {
        await pipeline(Readable.from(source.content), createWriteStream(here));
        await powershell(
          `Copy-Item -Path ${quote(there)} -Destination ${quote(remotePath)}`,
          `Failed to upload to '${remotePath}' in container`,
          signal,
        );
      }),
    uploadDir: (localDir, remoteDir, signal, transfer) =>
      shared("dirupload", async ({ here, there }) => {
        await copyFolder(localDir, here, transfer);
        await powershell(
          writeFolderCopy(there, localDir, remoteDir),
          `Failed to upload to '${remoteDir}' in container`,
          signal,
        );
      }),
    download: (remotePath, signal) => downloadOne(shared, powershell, remotePath, signal),
    downloadDir: (remoteDir, localDir, signal, transfer) =>
      shared("dirdownload", async ({ here, there }) => {
        const source = remoteDir.replace(/[\\/]+$/, "");
        await powershell(
          `Copy-Item ${quote(source)} -Destination ${quote(there)} -Recurse`,
          `Error downloading '${remoteDir}'`,
          signal,
        );
        const whole = source !== remoteDir;
        const name = basename(source.replaceAll("\\", "/"));
        await copyFolder(here, whole ? localDir : join(localDir, name), transfer);
      }),
    async close() {},
  };
}

async function* downloadOne(
  shared: <T>(prefix: string, body: (path: SharedPath) => Promise<T>) => Promise<T>,
  powershell: (command: string, what: string, signal: AbortSignal) => Promise<void>,
  remotePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // The copy goes away with the callback, but an open file stays readable.
  const opened = await shared("download", async ({ here, there }) => {
    await powershell(
      `Copy-Item -Path ${quote(remotePath)} -Destination ${quote(there)}`,
      `Error downloading '${remotePath}'`,
      signal,
    );
    const stream = createReadStream(here);
    await new Promise((resolve, reject) => stream.once("open", resolve).once("error", reject));
    return stream;
  });
  for await (const chunk of opened) {
    yield chunk as Uint8Array;
  }
}

/** Unlike Packer, the destination is made first: `Copy-Item` puts a folder into one that is there and beside it when it is not. */
function writeFolderCopy(source: string, localDir: string, remoteDir: string): string {
  const separated = /[\\/]$/.test(remoteDir) ? remoteDir : `${remoteDir}/`;
  const destination = quote(/[\\/]$/.test(localDir) ? remoteDir : separated + basename(localDir));
  return `New-Item -ItemType Directory -Force -Path ${destination} | Out-Null; Copy-Item ${quote(`${source}/*`)} -Destination ${destination} -Recurse -Force`;
}

async function withShared<T>(
  target: ContainerTarget,
  run: Run,
  prefix: string,
  body: (path: SharedPath) => Promise<T>,
): Promise<T> {
  const name = `${prefix}${run.host.random.integer(1_000_000_000)}`;
  const here = join(target.hostDir, name);
  try {
    return await body({ here, there: `${target.containerDir}/${name}` });
  } finally {
    await rm(here, { recursive: true, force: true });
  }
}

async function demandSuccess(
  exec: Communicator["exec"],
  command: string,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const said = new KeptWords();
  const end = await exec(command, { stdout: () => {}, stderr: said.take }, signal);
  if (end.end === "exited" && end.code === 0) {
    return;
  }
  const detail = said.text().trim();
  throw failure("provisioner", "docker/copy", what, { detail: detail || `PowerShell could not run: ${command}` });
}

/** A path as one PowerShell argument. */
function quote(path: string): string {
  return /^[\w:./\\*-]+$/.test(path) ? path : `'${path.replaceAll("'", "''")}'`;
}
