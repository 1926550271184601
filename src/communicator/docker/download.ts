// One file out of a container.
import { posix } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { entriesOf } from "../../driver/docker/archive.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** The content of a file. Unlike Packer, which writes an empty file then, a link is followed and a folder is refused. */
export async function* downloadFile(container: DockerContainer, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    let next: string | undefined;
    for await (const entry of entriesOf(container.copyOut(at, signal))) {
      if (entry.type === "symlink") {
        next = posix.resolve(posix.dirname(at), entry.target);
        break;
      }
      if (entry.type !== "file") throw notAFile(path, entry.type === "folder" ? "a folder" : "not a regular file");
      yield* entry.content;
      return;
    }
    if (next === undefined) throw notAFile(path, "not there");
    at = next;
  }
  throw notAFile(path, "a link that leads in circles");
}

function notAFile(path: string, what: string): Error {
  return failure("provisioner", "docker/copy", `Error downloading '${path}' from the container`, {
    detail: `It is ${what}.`,
    ...(what === "a folder" ? { hint: "End the source with a slash to download a folder." } : {}),
  });
}
