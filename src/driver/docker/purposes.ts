// What the operations on a container are told as when they fail.
import { copyInHints } from "./hints.ts";
import type { Purpose } from "./program.ts";

export const commitFailed: Purpose = {
  kind: "environment",
  code: "docker/commit",
  summary: "Error committing container",
};

export function copyInFailed(folder: string): Purpose {
  return {
    kind: "provisioner",
    code: "docker/copy",
    summary: `Failed to upload to '${folder}' in container`,
    hint: copyInHints,
    lasts: true,
  };
}

export function copyOutFailed(path: string): Purpose {
  return { kind: "provisioner", code: "docker/copy", summary: `Error downloading '${path}' from the container` };
}

export function removeFailed(id: string): Purpose {
  return {
    kind: "environment",
    code: "docker/remove",
    summary: `The container ${id} could not be removed`,
    hint: `Remove it by hand: docker rm -f ${id}`,
  };
}
