// Post-processor "docker-tag": gives an image further names (https://developer.hashicorp.com/packer/integrations/hashicorp/docker/latest/components/post-processor/docker-tag).
import { findImageId, removeImageName, tagImage } from "../../driver/docker/image.ts";
import { readGeneratedData } from "../../sdk/artifact.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { builderIds, checkMaker, imageMakers } from "../../step/builder-ids.ts";
import { makeImageArtifact } from "../../step/docker-image.ts";
import { chooseDocker, dockerProgramStep } from "../../step/docker-program.ts";

/** Names an image. */
export const dockerTag = definePostProcessor({
  type: "docker-tag",
  summary: "Gives a Docker image a name and tags.",
  options: {
    repository: option.string({
      description: "The name to give, with its registry but without a tag.",
      required: true,
      example: "ghcr.io/octocat/base",
    }),
    tags: option.strings({
      description: "Tags to give. Without any, docker uses `latest`.",
      example: ["1.0", "latest"],
    }),
    tag: option.strings({ description: "Further tags, under this option's old name. Use `tags`." }),
    force: option.bool({
      description: "Move a name that another image has. Docker always does since version 1.12.",
      default: false,
    }),
    ...dockerProgramStep.options,
  },

  async postProcess(config, input, run) {
    checkMaker(input, imageMakers, {
      detail: "Can only tag from Docker builder artifacts.",
      hint: 'Let the docker builder make an image with "commit", or put "docker-import" before.',
    });
    if (config.tag.length > 0) {
      run.ui.say(DEPRECATION);
    }
    const program = chooseDocker(config, run);
    const tags = [...config.tags, ...config.tag];
    const names = tags.length > 0 ? tags.map((tag) => `${config.repository}:${tag}`) : [config.repository];
    for (const name of names) {
      run.ui.message(`Tagging image: ${input.id}`);
      run.ui.message(`Repository: ${name}`);
      await tagImage(program, input.id, name, run.signal);
    }
    const id = names.at(-1) ?? config.repository;
    const image = await findImageId(program, input.id, run.signal);
    const artifact = makeImageArtifact({
      builderId: builderIds.dockerTag,
      id,
      tags: tags.length > 0 ? names : [],
      generated: await readGeneratedData(input),
      async destroy() {
        if (image !== undefined && (await removeImageName(program, id, image)) === "another") {
          run.ui.message(`${id} is the name of another image now, so it stays`);
        }
      },
    });
    return { artifact, input: "must-keep" };
  },
});

const DEPRECATION =
  'Deprecation warning: "tag" option has been replaced with "tags". In future versions of Packer, ' +
  "this configuration may not work. Please call `packer fix` on your template to update.";
