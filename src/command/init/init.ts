// `init`: installs the plugins that a template requires. After https://developer.hashicorp.com/packer/docs/commands/init
import { BuildError } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { RequiredPlugin } from "../../sdk/catalog.ts";
import { option } from "../../sdk/option.ts";
import { parsePluginSource } from "../../sdk/plugin-source.ts";
import type { LoadedTemplate } from "../../template/loading.ts";
import { type CommandContext, type CommandResult, defineCommand, edge } from "../command.ts";
import { formatOptions, load, refuse, variableOptions } from "../template-options.ts";
import { registryToken } from "./registry-token.ts";

export const init = defineCommand({
  name: "init",
  summary: "Installs the plugins that a template requires",
  description:
    "Reads required_plugins and installs what is missing, the newest version that fits, from HashiCorp's releases or from GitHub. Checksums are verified, and a plugin that is there already is left alone. Set PACKER_GITHUB_API_TOKEN when GitHub takes no more questions.",
  argument: "TEMPLATE",
  templateUse: "read",
  options: {
    ...variableOptions,
    ...formatOptions,
    upgrade: edge(
      option.bool({ default: false, description: "Install the newest version that fits, also when one is there." }),
      {
        input: false,
      },
    ),
    force: edge(option.bool({ default: false, description: "Install again what is there already." }), { input: false }),
  },
  async run(config, template, context) {
    const loaded = await load(template, config, context, { allowUnsetVars: true });
    if (loaded.language === "json") {
      context.face.error("Packer plugins currently only works with HCL2 configuration templates");
      return { exitCode: 1, diagnostics: [] };
    }
    const refused = refuse(loaded, context);
    if (refused !== undefined) {
      return refused;
    }
    const required = loaded.requiredPlugins ?? [];
    if (required.length === 0) {
      context.face.say(
        "No plugins requirement found, make sure you reference a Packer config containing a packer.required_plugins block. See https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/packer",
      );
      return { exitCode: 0, diagnostics: [] };
    }
    return await installAll(required, { upgrade: config.upgrade, force: config.force }, loaded, context);
  },
});

/** One that fails does not stop the others. */
async function installAll(
  required: readonly RequiredPlugin[],
  choice: { readonly upgrade: boolean; readonly force: boolean },
  { files }: LoadedTemplate,
  context: CommandContext,
): Promise<CommandResult> {
  const { host, signal, face, services } = context;
  const [{ installPlugin }, { openInstallWorld }] = await Promise.all([
    import("../../plugin/install/install.ts"),
    import("../../plugin/install/open-world.ts"),
  ]);
  const log = (text: string) => face.sink({ type: "log", text, at: host.clock.now() });
  const world = await openInstallWorld({ host, signal, log, token: services?.find(registryToken) });
  const failed: Diagnostic[] = [];
  for (const { source: text, version } of required) {
    const source = parsePluginSource(text);
    if ("problem" in source) {
      continue;
    }
    try {
      const { path, version: installed, isNew } = await installPlugin({ source, constraints: version }, choice, world);
      if (isNew) {
        face.say(`Installed plugin ${text} v${installed} in ${JSON.stringify(path)}`);
      }
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof BuildError)) {
        throw thrown;
      }
      failed.push(...thrown.diagnostics);
    }
  }
  face.diagnostics(failed, files);
  return {
    exitCode: failed.length === 0 ? 0 : 1,
    outcome: failed.length === 0 ? "done" : undefined,
    diagnostics: failed,
  };
}
