// `version`: which version this is and which Packer it follows. After https://developer.hashicorp.com/packer/docs/commands/version

import { defineCommand } from "../command.ts";
import { PACKER_VERSION } from "../template-options.ts";

/** Replaced by the bundler with the version of package.json. */
declare const __PACKAGE_VERSION__: string | undefined;

export const PACKAGE_VERSION = typeof __PACKAGE_VERSION__ === "string" ? __PACKAGE_VERSION__ : "0.0.0-source";

export const version = defineCommand({
  name: "version",
  summary: "Prints the version",
  description: "Prints the version of this program and the version of Packer whose templates it follows.",
  templateUse: "none",
  isTerminalOnly: true,
  options: {},
  async run(_config, _template, { face }) {
    face.machine("version", PACKER_VERSION);
    face.machine("version-prelease", "");
    face.machine("version-commit", "");
    face.say(`Packer v${PACKER_VERSION} (packer-ts v${PACKAGE_VERSION})`);
    return { exitCode: 0, diagnostics: [] };
  },
});
