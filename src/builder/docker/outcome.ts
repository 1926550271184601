// What becomes of the provisioned container: an image, a tar archive, or nothing.
import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { openContainer } from "../../driver/docker/container.ts";
import { removeImage } from "../../driver/docker/image.ts";
import { partialName, unwritable, writeWhole } from "../../driver/docker/image-file.ts";
import { type DockerProgram, outputOf } from "../../driver/docker/program.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { imageArtifact } from "../../sdk/image-artifact.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import type { Removal } from "../../sdk/run.ts";
import type { dockerOptions } from "./options.ts";

type Config = ConfigOf<typeof dockerOptions>;

/** Kind of resource. */
export const PARTIAL_FILE = "docker-partial-file";

/** Makes an image of the container. */
export async function commitContainer(config: Config, id: string, run: BuildRun, program: DockerProgram): Promise<Artifact> {
  run.ui.say("Committing the container");
  const container = await openContainer(program, id, run.signal);
  const { author, message, changes } = config;
  const image = await container.commit({ author, message, changes }, run.signal);
  run.ui.message(`Image ID: ${image}`);
  run.publish({ ImageSha256: image });
  return imageArtifact({
    builderId: "packer.post-processor.docker-import",
    id: image,
    tags: [],
    generated: { ...run.generated },
    destroy: () => removeImage(program, image),
  });
}

/** Writes the container's file system to a file. */
export async function exportContainer(config: Config, id: string, run: BuildRun, program: DockerProgram): Promise<Artifact> {
  run.ui.say("Exporting the container");
  const path = resolve(run.host.cwd, config.export_path ?? "");
  await mkdir(dirname(path), { recursive: true }).catch((thrown) => {
    throw unwritable(path, thrown);
  });
  const partial = await partialName(path, run.host.random.uuid());
  const content = outputOf(
    program,
    ["export", id],
    { kind: "environment", code: "docker/export", summary: "Error exporting container" },
    run.signal,
  );
  const written = await run.acquire({ kind: PARTIAL_FILE, title: "unfinished export", data: { partial, path } }, async () => {
    await writeWhole(content, partial, path, run.signal);
    return path;
  });
  run.keep(written);
  return exportArtifact(config.export_path ?? "", path, run);
}

/** The artifact of a build whose container is thrown away: as Packer, an export without a path. */
export function discardContainer(run: BuildRun): Artifact {
  return exportArtifact("", "", run);
}

function exportArtifact(shown: string, path: string, run: BuildRun): Artifact {
  const generated = { ...run.generated };
  return Object.freeze({
    builderId: "packer.docker",
    id: "Container",
    files: [shown],
    describe: () => `Exported Docker file: ${shown}`,
    state: (name: string) => (name === "generated_data" ? generated : undefined),
    destroy: async () => (path === "" ? undefined : rm(path, { force: true })),
  });
}

/** Removes what was written so far; never something that was there before. */
export const removePartialFile: Removal = async ({ data }) => {
  const { partial, path } = data as { partial: string; path: string };
  if (partial !== path) await rm(partial, { force: true });
};
