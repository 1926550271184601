// Post-processor "docker-save": writes an image to a file (https://developer.hashicorp.com/packer/integrations/hashicorp/docker/latest/components/post-processor/docker-save).
import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { partialName, unwritable, writeWhole } from "../../driver/docker/image-file.ts";
import { outputOf } from "../../driver/docker/program.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import type { Removal } from "../../sdk/run.ts";

const ACCEPTED = new Set(["packer.post-processor.docker-import", "packer.post-processor.docker-tag"]);
const PARTIAL_FILE = "docker-partial-file";

/** Removes what was written so far; never something that was there before. */
const removePartialFile: Removal = async ({ data }) => {
  const { partial, path } = data as { partial: string; path: string };
  if (partial !== path) await rm(partial, { force: true });
};

/** Saves an image with its layers and names, for `docker load`. */
export const dockerSave = definePostProcessor({
  type: "docker-save",
  summary: "Writes a Docker image to a tar archive that `docker load` reads.",
  options: {
    path: option.string({ description: "The file to write.", required: true, example: "image.tar" }),
    docker_path: option.string({ description: "The docker program, or one that takes the same arguments.", default: "docker" }),
  },
  writes: ["path"],
  removes: { [PARTIAL_FILE]: removePartialFile },

  async postProcess(config, input, run) {
    if (!ACCEPTED.has(input.builderId))
      throw failure("template", "docker/artifact", `Unknown artifact type: ${input.builderId}`, {
        detail: "Can only save Docker builder artifacts.",
        hint: 'Let the docker builder make an image with "commit", or put "docker-import" before.',
      });
    const path = resolve(run.host.cwd, config.path);
    run.ui.message(`Saving image: ${input.id}`);
    // Unlike Packer, which fails when the folder is missing.
    await mkdir(dirname(path), { recursive: true }).catch((thrown) => {
      throw unwritable(path, thrown);
    });
    const partial = await partialName(path, run.host.random.uuid());
    const program = { host: run.host, executable: config.docker_path };
    const purpose = { kind: "environment", code: "docker/save", summary: "Error saving image" } as const;
    const written = await run.acquire({ kind: PARTIAL_FILE, title: "unfinished archive", data: { partial, path } }, async () => {
      await writeWhole(outputOf(program, ["save", input.id], purpose, run.signal), partial, path, run.signal);
      return path;
    });
    run.keep(written);
    run.ui.message(`Saved to: ${config.path}`);
    return { artifact: input, input: "keep" };
  },
});
