// Post-processor "docker-push": sends an image to a registry (https://developer.hashicorp.com/packer/integrations/hashicorp/docker/latest/components/post-processor/docker-push).
import { pushHints } from "../../driver/docker/hints.ts";
import { findDigest, inspectImage, removeImage } from "../../driver/docker/image.ts";
import { type DockerProgram, explainFailure, runDocker } from "../../driver/docker/program.ts";
import { readGeneratedData } from "../../sdk/artifact.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import type { Run } from "../../sdk/run.ts";
import { builderIds, checkMaker, imageMakers } from "../../step/builder-ids.ts";
import { makeImageArtifact, readTags } from "../../step/docker-image.ts";
import { chooseDocker, dockerProgramStep } from "../../step/docker-program.ts";
import { registryLoginStep, withRegistryAccess } from "../../step/registry-login.ts";

const pushOptions = {
  platform: option.string({
    description: "Which of the image's platforms to push, when it has several.",
    example: "linux/arm64",
  }),
  ...dockerProgramStep.options,
  ...registryLoginStep.options,
};

type Config = ConfigOf<typeof pushOptions>;

/** Pushes an image under every name it has. */
export const dockerPush = definePostProcessor({
  type: "docker-push",
  summary: "Pushes a Docker image to a registry.",
  options: pushOptions,
  prepare: registryLoginStep.check,

  async postProcess(config, input, run) {
    checkMaker(input, imageMakers, {
      detail: "Can only import from docker-import and docker-tag artifacts.",
      hint: 'Put "docker-tag" before it, in the same sequence.',
    });
    const program = chooseDocker(config, run);
    const tags = await readTags(input);
    // Unlike Packer, a name is pushed once, though the artifact's id is among its tags.
    const names = [...new Set([input.id, ...tags])];
    const pushAll = async (loggedIn: DockerProgram): Promise<void> => {
      for (const name of names) {
        await push(config, name, run, loggedIn);
      }
    };
    await withRegistryAccess(run, program, config, pushAll);
    const artifact = makeImageArtifact({
      builderId: builderIds.dockerImport,
      id: input.id,
      tags,
      generated: { ...(await readGeneratedData(input)), ...(await readDigest(input.id, run, program)) },
      destroy: () => removeImage(program, input.id),
    });
    return { artifact, input: "keep" };
  },
});

async function push(config: Config, name: string, run: Run, program: DockerProgram): Promise<void> {
  run.ui.message(`Pushing: ${name}`);
  const args = ["push", ...(config.platform ? ["--platform", config.platform] : []), name];
  const result = await runDocker(program, args, {
    signal: run.signal,
    onLine: (_, line) => run.ui.message(line.trimEnd()),
  });
  if (result.code === 0) {
    return;
  }
  throw await explainFailure(
    program,
    {
      kind: "network",
      code: "docker/push",
      summary: `Error pushing ${name}`,
      hint: pushHints,
    },
    result,
  );
}

/** What the registry knows the image by from now on. */
async function readDigest(name: string, run: Run, program: DockerProgram): Promise<{ Digest?: string }> {
  const facts = await inspectImage(program, name, run.signal);
  const digest = facts === undefined ? undefined : findDigest(name, facts);
  if (digest !== undefined) {
    return { Digest: digest };
  }
  run.ui.message("Unable to determine digest for source image, ignoring it for now");
  return {};
}
