// What becomes of the provisioned container: an image, a tar archive, or nothing.
import { openContainer } from "../../driver/docker/container.ts";
import type { DockerContainer } from "../../driver/docker/container-contract.ts";
import { removeImage } from "../../driver/docker/image.ts";
import { type DockerProgram, readOutput } from "../../driver/docker/program.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { noteFiles } from "../../step/artifact-files.ts";
import { builderIds } from "../../step/builder-ids.ts";
import { makeImageArtifact } from "../../step/docker-image.ts";
import { type partialFile, writeWhole } from "../../step/whole-file.ts";
import type { dockerOptions } from "./options.ts";

type Config = ConfigOf<typeof dockerOptions>;

/** Makes an image of the container. */
export async function commitContainer(
  config: Config,
  id: string,
  run: BuildRun,
  program: DockerProgram,
): Promise<Artifact> {
  run.ui.say("Committing the container");
  const container = await openContainer(program, id, run.signal);
  const { author, message, changes } = config;
  await tellEntryPoint(container, changes, run);
  const image = await container.commit({ author, message, changes }, run.signal);
  run.ui.message(`Image ID: ${image}`);
  run.publish({ ImageSha256: image });
  return makeImageArtifact({
    builderId: builderIds.dockerImport,
    id: image,
    tags: [],
    generated: { ...run.generated },
    destroy: () => removeImage(program, image),
  });
}

/** As Packer, the image starts what the build started; unlike Packer, that is said where its base starts something else. */
async function tellEntryPoint(container: DockerContainer, changes: readonly string[], run: BuildRun): Promise<void> {
  const [base, own] = [await container.image(run.signal), await container.facts(run.signal)];
  const [before, now] = [base?.entrypoint ?? [], own?.entrypoint ?? []].map((words) => JSON.stringify(words));
  if (base?.entrypoint === undefined || before === now || changes.some((change) => /^\s*ENTRYPOINT\b/i.test(change))) {
    return;
  }
  run.ui.message(
    `The image's entry point will be ${now}, not ${before} as of its base. To keep that, add to "changes": ENTRYPOINT ${before}`,
  );
}

/** Writes the container's file system to a file. */
export async function exportContainer(
  config: Config,
  id: string,
  run: BuildRun<typeof partialFile>,
  program: DockerProgram,
): Promise<Artifact> {
  run.ui.say("Exporting the container");
  const path = config.export_path ?? "";
  const purpose = { kind: "environment", code: "docker/export", summary: "Error exporting container" } as const;
  await writeWhole(path, readOutput(program, ["export", id], purpose, run.signal), run);
  return exportArtifact(path, await noteFiles([path], run), run);
}

/** The artifact of a build whose container is thrown away: as Packer, an export without a path. */
export function discardContainer(run: BuildRun): Artifact {
  return exportArtifact("", async () => {}, run);
}

function exportArtifact(shown: string, destroy: Artifact["destroy"], run: BuildRun): Artifact {
  const generated = { ...run.generated };
  return Object.freeze({
    builderId: builderIds.dockerExport,
    id: "Container",
    files: [shown],
    describe: () => `Exported Docker file: ${shown}`,
    state: (name: string) => (name === "generated_data" ? generated : undefined),
    destroy,
  });
}
