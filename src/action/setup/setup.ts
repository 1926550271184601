// `setup`: later `run:` steps find the command line by its name, as teams know it from setup-packer. https://github.com/hashicorp/setup-packer
import { defineCommand } from "../../command/command.ts";
import { PACKAGE_VERSION } from "../../command/version/version.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import { laterSteps } from "./later-steps.ts";

export const setup = defineCommand({
  name: "setup",
  summary: "Puts the command line on the PATH of later steps",
  description:
    "Makes the program packer-ts available to the `run:` steps that follow in the same job, and, if asked, under the name packer as well, for Makefiles and scripts that call it. Nothing is downloaded: it is the program that the action itself consists of.",
  templateUse: "none",
  outputs: { version: "Of `setup`: the version of the program." },
  options: {
    as_packer: option.bool({
      default: false,
      description:
        "Let later steps find the program as `packer`, too, before any Packer that is installed on the machine.",
    }),
  },
  async run(config, _template, { face, services }) {
    const steps = services?.find(laterSteps);
    const names = config.as_packer ? ["packer-ts", "packer"] : ["packer-ts"];
    try {
      const folder = await steps?.offer(names);
      if (folder === undefined) {
        throw new Error("The runner did not set GITHUB_PATH.");
      }
      face.say(`Later steps of this job find ${names.join(" and ")} ${PACKAGE_VERSION} in ${folder}.`);
    } catch (thrown) {
      face.diagnostics([notOffered(names, thrown)], new Map());
      return { exitCode: 1, outcome: "done", diagnostics: [] };
    }
    return { exitCode: 0, outcome: "done", diagnostics: [], outputs: { version: PACKAGE_VERSION } };
  },
});

function notOffered(names: readonly string[], thrown: unknown): Diagnostic {
  return {
    code: "action/not-on-path",
    severity: "error",
    summary: `${names.join(" and ")} could not be put on the PATH of later steps`,
    detail: readMessage(thrown),
    hint: "Can the folder RUNNER_TEMP be written?",
  };
}
