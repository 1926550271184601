// An open connection to a Linux container: exec, and archives in and out.
import { lstat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { makeArchive } from "../../driver/docker/archive.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import { askDocker } from "../../driver/docker/program.ts";
import { copyInFailed } from "../../driver/docker/purposes.ts";
import type { Communicator, UploadSource } from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";
import type { ContainerTarget } from "../../step/container-target.ts";
import { execIn } from "./command.ts";
import { downloadFile } from "./download.ts";
import { downloadFolder } from "./download-folder.ts";
import { writeFolderInside, writeInside } from "./inside.ts";
import { chown, findOwner, parseIds } from "./owner.ts";
import { copyFolder, withWanted } from "./part-of-folder.ts";
import { Places } from "./places.ts";
import { measure } from "./spool.ts";

/** The connection. */
export function openLinuxContainer(container: DockerContainer, target: ContainerTarget, run: Run): Communicator {
  const places = new Places(container);
  let owner: string | undefined;
  // Unlike Packer, which gives files to the container's own user: whoever runs the scripts must be able to.
  const ownerName = async (signal: AbortSignal): Promise<string> =>
    (owner ??= target.execUser || (await findOwner(container, signal)));
  return {
    type: "docker",
    generated: {},
    async exec(command, io, signal) {
      // What provisioners clean up with when there is nothing to clean up.
      if (command.trim() === "rm -f") {
        return { end: "exited", code: 0 };
      }
      const request = { command: ["/bin/sh", "-c", `(${command})`], user: target.execUser, terminal: target.pty };
      return execIn(container, request, io, { clock: run.host.clock, signal });
    },
    async upload(source, remotePath, signal) {
      const name = target.fixUploadOwner ? await ownerName(signal) : "root";
      const ids = parseIds(name);
      await uploadFile({ container, places, run, signal }, source, remotePath, ids ?? { uid: 0, gid: 0 });
      if (ids === undefined && target.fixUploadOwner) {
        await chown(container, name, remotePath, signal);
      }
    },
    async uploadDir(localDir, remoteDir, signal, transfer) {
      await withWanted(localDir, transfer, run, async (folder) => {
        if (await isOutOfReach(places, folder, remoteDir, signal)) {
          return writeFolderInside(container, folder, remoteDir, signal);
        }
        // As Packer, `docker cp` decides: into the folder when it is there, under its name when it is not.
        const source = folder.endsWith("/") ? `${folder}.` : folder;
        const program = { host: run.host, executable: target.executable };
        await askDocker(program, ["cp", source, `${container.id}:${remoteDir}`], copyInFailed(remoteDir), { signal });
      });
      if (target.fixUploadOwner) {
        await chown(container, await ownerName(signal), remoteDir, signal);
      }
    },
    download: (remotePath, signal) => downloadFile({ container, places, signal }, remotePath),
    async downloadDir(remoteDir, localDir, signal, transfer) {
      if ((transfer?.exclude ?? []).length === 0) {
        return downloadFolder({ container, places, signal }, remoteDir, localDir);
      }
      return withWhole({ container, places, signal }, remoteDir, run, async (whole) => {
        const name = posix.basename(posix.resolve("/", remoteDir));
        await copyFolder(whole, remoteDir.endsWith("/") ? localDir : join(localDir, name), transfer);
      });
    },
    async close() {},
  };
}

/** Fetches all of a folder, for somebody who wants a part of it. */
async function withWhole(
  reading: Parameters<typeof downloadFolder>[0],
  remoteDir: string,
  run: Run,
  body: (whole: string) => Promise<void>,
): Promise<void> {
  const whole = await run.temporaryFolder("whole");
  try {
    await downloadFolder(reading, `${remoteDir.replace(/\/+$/, "")}/`, whole);
    await body(whole);
  } finally {
    await run.remove(whole);
  }
}

interface Transfer {
  readonly container: DockerContainer;
  readonly places: Places;
  readonly run: Run;
  readonly signal: AbortSignal;
}

async function uploadFile(
  { container, places, run, signal }: Transfer,
  source: UploadSource,
  remotePath: string,
  ids: { uid: number; gid: number },
): Promise<void> {
  if (remotePath.endsWith("/")) {
    throw failure(
      "provisioner",
      "docker/copy",
      `The destination ${remotePath} is a folder, but a file is uploaded to it`,
    );
  }
  const { size, content } = await measure(source, run);
  const file = {
    name: basename(remotePath),
    size,
    mode: source.mode ?? 0o600,
    ...ids,
    modified: new Date(source.modified ?? run.host.clock.now()),
    content: countBytes(content, source),
  };
  const place = await places.of(remotePath, signal);
  if (place.isHidden) {
    return writeInside(container, place.path, file, signal);
  }
  await container.copyIn(posix.dirname(remotePath), makeArchive(file), signal);
  const arrived = await container.sizeAt(posix.resolve("/", remotePath), signal);
  if (arrived !== undefined && arrived !== size) {
    throw failure("provisioner", "docker/copy", `Failed to upload to '${remotePath}' in container`, {
      detail: `The file has ${arrived} bytes there instead of ${size}.`,
      hint: "Something inside the container changes it at the same time.",
    });
  }
}

/** Whether some of a folder would come to lie where copying does not reach. */
async function isOutOfReach(
  places: Places,
  localDir: string,
  remoteDir: string,
  signal: AbortSignal,
): Promise<boolean> {
  const place = await places.ofFolder(remoteDir, signal);
  if (place.isHidden) {
    return true;
  }
  const isWhole = !/[\\/]$/.test(localDir);
  const target = place.isFolder && isWhole ? posix.join(place.path, basename(localDir)) : place.path;
  if (!place.isFolder) {
    return false;
  }
  const inside = await places.ofFolder(target, signal);
  if (inside.isHidden) {
    return true;
  }
  for (const below of await places.hiddenBelow(target, signal)) {
    if (await exists(join(localDir, below))) {
      return true;
    }
  }
  return false;
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function* countBytes(content: AsyncIterable<Uint8Array>, source: UploadSource): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    source.onProgress?.(chunk.length);
    yield chunk;
  }
}
