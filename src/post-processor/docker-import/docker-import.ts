// Post-processor "docker-import": makes an image of a tar archive (https://developer.hashicorp.com/packer/integrations/hashicorp/docker/latest/components/post-processor/docker-import).
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { removeImageName } from "../../driver/docker/image.ts";
import { askDocker } from "../../driver/docker/program.ts";
import { type Artifact, readGeneratedData } from "../../sdk/artifact.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import type { Run } from "../../sdk/run.ts";
import { builderIds, checkMaker } from "../../step/builder-ids.ts";
import { makeImageArtifact } from "../../step/docker-image.ts";
import { chooseDocker, dockerProgramStep } from "../../step/docker-program.ts";

/** Turns an exported file system into an image. */
export const dockerImport = definePostProcessor({
  type: "docker-import",
  summary: "Makes a Docker image of an exported container.",
  options: {
    repository: option.string({
      description: "The name of the image, with its registry but without a tag.",
      example: "ghcr.io/octocat/base",
    }),
    tag: option.string({ description: "The tag of the image.", example: "1.0" }),
    changes: option.strings({
      description: "Dockerfile instructions for the image: an archive has none of its own.",
      example: ["USER www-data", "WORKDIR /var/www"],
    }),
    platform: option.string({ description: "The platform that the image is marked with.", example: "linux/arm64" }),
    ...dockerProgramStep.options,
  },

  async postProcess(config, input, run) {
    const path = await findArchive(input, run);
    const { repository = "", tag, changes, platform } = config;
    const name = tag ? `${repository}:${tag}` : repository;
    run.ui.message(`Importing image: ${input.id}`);
    run.ui.message(`Repository: ${name}`);
    const args = [
      "import",
      ...changes.flatMap((change) => ["--change", change]),
      ...(platform ? ["--platform", platform] : []),
      "-",
      ...(name ? [name] : []),
    ];
    const program = chooseDocker(config, run);
    const purpose = { kind: "environment", code: "docker/import", summary: "Error importing container" } as const;
    const id = await askDocker(program, args, purpose, { input: createReadStream(path), signal: run.signal });
    run.ui.message(`Imported ID: ${id}`);
    // Unlike Packer, an image without a name is known by its id.
    const known = name || id;
    const artifact = makeImageArtifact({
      builderId: builderIds.dockerImport,
      id: known,
      tags: [],
      generated: await readGeneratedData(input),
      async destroy() {
        if ((await removeImageName(program, known, id)) === "another") {
          run.ui.message(`${known} is the name of another image now, so it stays`);
        }
      },
    });
    return { artifact, input: "discard" };
  },
});

async function findArchive(input: Artifact, run: Run): Promise<string> {
  checkMaker(input, [builderIds.dockerExport, builderIds.artifice], {
    detail:
      "Can only import from Docker builder and Artifice post-processor artifacts. If you are getting this error after having run the docker builder, " +
      "it may be because you set commit: true in your Docker builder, so the image is already imported.",
  });
  const [file = ""] = input.files;
  const path = resolve(run.host.cwd, file);
  const problem = file === "" ? "The artifact has no file." : await readProblem(path);
  if (problem === undefined) {
    return path;
  }
  throw failure("environment", "docker/import", "There is no archive to import", {
    detail: problem,
    hint: 'Let the docker builder write one with "export_path".',
  });
}

async function readProblem(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? undefined : `${path} is not a regular file.`;
  } catch (thrown) {
    return readMessage(thrown);
  }
}
