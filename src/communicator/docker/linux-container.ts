// An open connection to a Linux container: exec, and archives in and out.
import { basename, posix } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { archiveOf } from "../../driver/docker/archive.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import { askDocker } from "../../driver/docker/program.ts";
import { copyInFailed } from "../../driver/docker/purposes.ts";
import type { Communicator, ContainerTarget, UploadSource } from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";
import { execIn } from "./command.ts";
import { downloadFile } from "./download.ts";
import { downloadFolder } from "./download-folder.ts";
import { chown, idsOf, ownerOf } from "./owner.ts";
import { sized } from "./spool.ts";

/** The connection. */
export function linuxContainer(container: DockerContainer, target: ContainerTarget, run: Run): Communicator {
  let owner: string | undefined;
  const ownerName = async (signal: AbortSignal): Promise<string> => (owner ??= await ownerOf(container, signal));
  return {
    type: "docker",
    generated: {},
    exec(command, io, signal) {
      const request = { command: ["/bin/sh", "-c", `(${command})`], user: target.execUser, terminal: target.pty };
      return execIn(container, request, io, run.host.clock, signal);
    },
    async upload(source, remotePath, signal) {
      const name = target.fixUploadOwner ? await ownerName(signal) : "root";
      const ids = idsOf(name);
      await uploadFile(container, source, remotePath, ids ?? { uid: 0, gid: 0 }, run, signal);
      if (ids === undefined) await chown(container, target, name, remotePath, signal);
    },
    async uploadDir(localDir, remoteDir, signal) {
      // As Packer, `docker cp` decides: into the folder when it is there, under its name when it is not.
      const source = localDir.endsWith("/") ? `${localDir}.` : localDir;
      const program = { host: run.host, executable: target.executable };
      await askDocker(program, ["cp", source, `${container.id}:${remoteDir}`], copyInFailed(remoteDir), { signal });
      if (target.fixUploadOwner) await chown(container, target, await ownerName(signal), remoteDir, signal);
    },
    download: (remotePath, signal) => downloadFile(container, remotePath, signal),
    downloadDir: (remoteDir, localDir, signal) => downloadFolder(container, remoteDir, localDir, signal),
    async close() {},
  };
}

async function uploadFile(
  container: DockerContainer,
  source: UploadSource,
  remotePath: string,
  ids: { uid: number; gid: number },
  run: Run,
  signal: AbortSignal,
): Promise<void> {
  if (remotePath.endsWith("/"))
    throw failure("provisioner", "docker/copy", `The destination ${remotePath} is a folder, but a file is uploaded to it`);
  const { size, content } = await sized(source, run);
  const file = {
    name: basename(remotePath),
    size,
    mode: source.mode ?? 0o600,
    ...ids,
    modified: new Date(source.modified ?? run.host.clock.now()),
    content: counted(content, source),
  };
  await container.copyIn(posix.dirname(remotePath), archiveOf(file), signal);
}

async function* counted(content: AsyncIterable<Uint8Array>, source: UploadSource): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    source.onProgress?.(chunk.length);
    yield chunk;
  }
}
