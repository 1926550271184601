// Puts files that a build made aside in place of its artifact, for the post-processors that follow.
// https://developer.hashicorp.com/packer/docs/post-processors/artifice
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { checkPattern, glob, hasMeta } from "../../driver/local-files/glob.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { option } from "../../sdk/option.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { noteFiles } from "../../step/artifact-files.ts";
import { builderIds } from "../../step/builder-ids.ts";

const options = {
  files: option.strings({
    description:
      "The files that make up the artifact from here on. `*`, `?` and `[a-z]` stand for parts of one name, so `out/*.img` works and `**` is no more than `*`. A pattern that fits nothing is passed over; a file that is named must be there.",
    required: true,
    example: ["output/*.qcow2"],
  }),
};

export const artifice = definePostProcessor({
  type: "artifice",
  summary: "Replaces the artifact's files with others, for the post-processors that follow.",
  options,
  prepare(config, context) {
    if (config.files.length === 0) {
      context.problem("files", "No files specified in artifice configuration");
    }
    if (context.isPending("files")) {
      return;
    }
    for (const pattern of config.files) {
      try {
        checkPattern(pattern);
      } catch (thrown) {
        context.problem("files", "This is not a file name pattern", {
          detail: readMessage(thrown),
          hint: 'Write "\\\\[" for a bracket that means itself.',
        });
      }
    }
  },
  async postProcess(config, input, run) {
    if (input.files.length > 0) {
      run.ui.say(`Discarding files from artifact: ${input.files.join(", ")}`);
    }
    const found = await Promise.all(config.files.map((pattern) => glob(pattern, run.host.cwd)));
    const missing = config.files.filter((pattern, i) => found[i]?.length === 0 && !hasMeta(pattern));
    if (missing.length > 0) {
      throw failure("template", "artifice/missing", `There is no file ${missing.join(", ")}`, {
        detail: "An artifact of files that are not there would pass for a result.",
        hint: "Check the name, and that an earlier step makes the file. A pattern, such as out/*, may fit nothing.",
      });
    }
    const files = found.flat();
    run.ui.say(`Using these artifact files: ${files.join(", ")}`.trimEnd());
    return { artifact: makeFileArtifact(files, await noteFiles(files, run)), input: "keep" };
  },
});

function makeFileArtifact(files: readonly string[], destroy: Artifact["destroy"]): Artifact {
  return {
    builderId: builderIds.artifice,
    id: "",
    files,
    describe: () => `Created artifact from files: ${files.join(", ")}`,
    state: () => undefined,
    destroy,
  };
}
