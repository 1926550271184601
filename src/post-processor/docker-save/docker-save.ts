// Post-processor "docker-save": writes an image to a file (https://developer.hashicorp.com/packer/integrations/hashicorp/docker/latest/components/post-processor/docker-save).
import { readOutput } from "../../driver/docker/program.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { checkMaker, imageMakers } from "../../step/builder-ids.ts";
import { chooseDocker, dockerProgramStep } from "../../step/docker-program.ts";
import { checkOwnPath } from "../../step/own-path.ts";
import { partialFile, writeWhole } from "../../step/whole-file.ts";

/** Saves an image with its layers and names, for `docker load`. */
export const dockerSave = definePostProcessor({
  type: "docker-save",
  summary: "Writes a Docker image to a tar archive that `docker load` reads.",
  options: {
    path: option.string({ description: "The file to write.", required: true, example: "image.tar" }),
    ...dockerProgramStep.options,
  },
  writes: ({ path }) => [{ option: "path", path, is: "file" }],
  resources: [partialFile],

  prepare(config, context) {
    checkOwnPath("path", config.path, context);
  },

  async postProcess(config, input, run) {
    checkMaker(input, imageMakers, {
      detail: "Can only save Docker builder artifacts.",
      hint: 'Let the docker builder make an image with "commit", or put "docker-import" before.',
    });
    run.ui.message(`Saving image: ${input.id}`);
    const program = chooseDocker(config, run);
    const purpose = { kind: "environment", code: "docker/save", summary: "Error saving image" } as const;
    // Unlike Packer, which fails when the folder is missing.
    await writeWhole(config.path, readOutput(program, ["save", input.id], purpose, run.signal), run);
    run.ui.message(`Saved to: ${config.path}`);
    return { artifact: input, input: "keep" };
  },
});
