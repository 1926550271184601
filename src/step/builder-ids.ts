// Who made an artifact: ids of Packer's that more than one component knows.
import { failure } from "../diagnostic/build-error.ts";
import type { Artifact } from "../sdk/artifact.ts";

export const builderIds = Object.freeze({
  /** A container's file system in an archive. */
  dockerExport: "packer.docker",
  /** An image, also one that was committed or pushed. */
  dockerImport: "packer.post-processor.docker-import",
  /** An image that was given a name. */
  dockerTag: "packer.post-processor.docker-tag",
  artifice: "packer.post-processor.artifice",
});

/** The makers of images. */
export const imageMakers: readonly string[] = [builderIds.dockerImport, builderIds.dockerTag];

/** Throws unless one of those made the artifact. */
export function checkMaker(
  { builderId }: Artifact,
  makers: readonly string[],
  more: { readonly detail: string; readonly hint?: string | undefined },
): void {
  if (!makers.includes(builderId)) {
    throw failure("template", "docker/artifact", `Unknown artifact type: ${builderId}`, more);
  }
}
