// One file out of a container.
import { posix } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { readEntries } from "../../driver/docker/archive.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import { readInside } from "./inside.ts";
import type { Places } from "./places.ts";

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** What a download needs. */
export interface Reading {
  readonly container: DockerContainer;
  readonly places: Places;
  readonly signal: AbortSignal;
}

/** The content of a file. Unlike Packer, which writes an empty file then, a link is followed and a folder is refused. */
export async function* downloadFile({ container, places, signal }: Reading, path: string): AsyncGenerator<Uint8Array> {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const place = await places.of(at, signal);
    if (place.isHidden) {
      return yield* readInside(container, place.path, signal);
    }
    let next: string | undefined;
    for await (const entry of readEntries(container.copyOut(at, signal))) {
      if (entry.type === "symlink") {
        next = posix.resolve(posix.dirname(at), entry.target);
        break;
      }
      if (entry.type !== "file") {
        throw explainNotAFile(path, entry.type === "folder" ? "a folder" : "not a regular file");
      }
      yield* entry.content;
      return;
    }
    if (next === undefined) {
      throw explainNotAFile(path, "not there");
    }
    at = next;
  }
  throw explainNotAFile(path, "a link that leads in circles");
}

function explainNotAFile(path: string, what: string): Error {
  return failure("provisioner", "docker/copy", `Error downloading '${path}' from the container`, {
    detail: `It is ${what}.`,
    hint: what === "a folder" ? "End the source with a slash to download a folder." : undefined,
  });
}
