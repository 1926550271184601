// Provisioner "file": copies files to the machine or from it (https://developer.hashicorp.com/packer/docs/provisioners/file).

import { option } from "../../sdk/option.ts";
import { defineProvisioner } from "../../sdk/provisioner.ts";
import { statProblem, suggestPath } from "../../step/local-path.ts";
import { uploadContent, uploadPath } from "./upload.ts";

const options = Object.freeze({
  source: option.string({
    description:
      "The file or folder to copy, relative to the current folder when it is on this machine. " +
      "Of a folder with a `/` at its end the contents are copied, otherwise the folder itself.",
    example: "files/app.tar.gz",
  }),
  sources: option.strings({
    description: "Several files or folders to copy. `destination` is to end with `/` then.",
    example: ["files/a.conf", "files/b.conf"],
  }),
  content: option.string({
    description: "The text of the file to upload, instead of a source.",
    conflicts: ["source", "sources"],
    example: "key = value\n",
  }),
  destination: option.string({
    description:
      "Where to copy to. A `/` at its end makes it a folder that files go into. A folder must exist on the machine for some connections.",
    required: true,
    example: "/tmp/app.tar.gz",
  }),
  direction: option.string({
    description: "Whether to copy to the machine or from it.",
    default: "upload",
    oneOf: ["upload", "download"],
  }),
  generated: option.bool({
    description: "The source is made during the build, so that it need not exist before.",
    default: false,
  }),
});

/** Copies files and folders between this machine and the one that is built. */
export const file = defineProvisioner({
  type: "file",
  summary: "Copies files and folders to the machine, or from it.",
  needsConnection: true,
  options,
  reads: (config) => (config.direction === "download" || config.generated ? [] : listSources(config)),

  prepare(config, context) {
    const sources = listSources(config);
    if (sources.length === 0 && !config.content) {
      context.problem("source", "Source must be specified.", { hint: 'Add "source", "sources" or "content".' });
    }
    if (config.content && config.direction === "download") {
      context.problem("content", "Content can only be uploaded.");
    }
    if (config.content && config.destination.endsWith("/")) {
      context.problem("destination", "Destination must name a file for content.", {
        detail: `"${config.destination}" is a folder.`,
      });
    }
    if (config.direction === "download" || config.generated) {
      return;
    }
    for (const source of sources) {
      const name = source === config.source ? "source" : "sources";
      const missing = statProblem(source, context.host);
      if (missing === undefined) {
        continue;
      }
      const hint = `${suggestPath(source, context)} Set "generated" to true when the build makes it.`;
      context.problem(name, `Bad source '${source}': ${missing}`, { hint });
    }
  },

  async provision(config, run) {
    const sources = listSources(config);
    if (config.direction === "download") {
      return (await import("./download.ts")).download(sources, config.destination, run);
    }
    if (sources.length === 0) {
      return uploadContent(config.content ?? "", config.destination, run);
    }
    for (const source of sources) {
      await uploadPath(source, config.destination, run);
    }
  },
});

/** As Packer: `source` comes after `sources` when both are given. */
function listSources(config: {
  readonly source: string | undefined;
  readonly sources: readonly string[];
}): readonly string[] {
  return config.source ? [...config.sources, config.source] : config.sources;
}
