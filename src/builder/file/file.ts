// Builder "file": makes a file of this machine (https://developer.hashicorp.com/packer/docs/builders/file).
import type { Artifact, GeneratedData } from "../../sdk/artifact.ts";
import { defineBuilder } from "../../sdk/builder.ts";
import { option } from "../../sdk/option.ts";
import { noteFiles } from "../../step/artifact-files.ts";
import { checkOwnPath } from "../../step/own-path.ts";
import { partialFile } from "../../step/whole-file.ts";

/** Writes or copies a file; for trying out post-processors. */
export const file = defineBuilder({
  type: "file",
  summary: "Makes a file on this machine, from a text or from another file.",
  communicators: ["none"],
  options: {
    target: option.string({
      description: "The file to make. Its folder is made too.",
      required: true,
      example: "output/greeting.txt",
    }),
    content: option.string({ description: "The text of the file.", conflicts: ["source"], example: "hello\n" }),
    source: option.string({ description: "The file to copy.", example: "files/greeting.txt" }),
  },

  reads: ({ source }) => (source ? [source] : []),
  writes: ({ target }) => [{ option: "target", path: target, is: "file", mayBeShared: true }],
  resources: [partialFile],

  prepare(config, context) {
    if (!config.content && !config.source) {
      context.warn("", "Both source file and contents are blank; target will have no content");
    }
    checkOwnPath("target", config.target, context);
  },

  async build(config, run) {
    const { copySource, writeContent } = await import("./write-target.ts");
    const destroy = await run.step("Write the file", async () => {
      if (config.source) {
        await copySource(config.source, config.target, run);
      } else {
        await writeContent(config.target, config.content ?? "", run);
      }
      return noteFiles([config.target], run);
    });
    await run.provision(undefined);
    return makeFileArtifact(config.target, destroy, run.generated);
  },
});

function makeFileArtifact(path: string, destroy: Artifact["destroy"], generated: GeneratedData): Artifact {
  return {
    builderId: "packer.file",
    id: "File",
    files: [path],
    describe: () => `Stored file: ${path}`,
    state: (name) => (name === "generated_data" ? generated : undefined),
    destroy,
  };
}
