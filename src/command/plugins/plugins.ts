// `plugins`: what is installed, and installing and removing by hand. After https://developer.hashicorp.com/packer/docs/commands/plugins
import { option } from "../../sdk/option.ts";
import { parsePluginSource } from "../../sdk/plugin-source.ts";
import { parseConstraints } from "../../sdk/version.ts";
import { type CommandContext, type CommandResult, defineCommand, edge } from "../command.ts";
import { registryToken } from "../init/registry-token.ts";
import { load, refuse } from "../template-options.ts";

type Given = { readonly path: string | undefined; readonly force: boolean };
type Act = (given: Given, words: readonly string[], context: CommandContext) => Promise<CommandResult>;

/** What can be done, each with its words for the help. */
const acts: Readonly<Record<string, Act>> = { install, installed, remove, required };

const done: CommandResult = { exitCode: 0, outcome: "done", diagnostics: [] };

export const plugins = defineCommand({
  name: "plugins",
  summary: "Lists, installs and removes plugins",
  description:
    "plugins installed: the paths of all that are installed.\n\nplugins required TEMPLATE: what a template requires, and what is installed of it.\n\nplugins install SOURCE [VERSION]: the newest version that fits; with -path a file.\n\nplugins remove SOURCE [VERSION], or a path: what fits.",
  argument: "SUBCOMMAND",
  severalArguments: true,
  templateUse: "none",
  isTerminalOnly: true,
  options: {
    path: edge(option.string({ description: "Install this file instead of a release." }), { placeholder: "FILE" }),
    force: option.bool({ default: false, description: "Install again what is there already." }),
  },
  async run(config, name, context) {
    const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
    if (act === undefined) {
      context.face.error(`There is no "plugins ${name}"; there are ${Object.keys(acts).join(", ")}.`);
      return { exitCode: 1, diagnostics: [] };
    }
    const { words, ...flags } = takeFlags(context.moreArguments ?? []);
    return act({ path: flags.path ?? config.path, force: flags.force || config.force }, words, context);
  },
});

/** Flags may also stand behind the name of what is to be done, as they do with Packer. */
function takeFlags(given: readonly string[]): Given & { readonly words: readonly string[] } {
  const words: string[] = [];
  let path: string | undefined;
  let force = false;
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? "";
    const [, value] = /^--?path(?:=(.*))?$/s.exec(word) ?? [];
    if (/^--?path(=|$)/.test(word)) {
      at += value === undefined ? 1 : 0;
      path = value ?? given[at];
    } else if (/^--?force(=true)?$/.test(word)) {
      force = true;
    } else {
      words.push(word);
    }
  }
  return { words, path, force };
}

async function installed(
  _given: Given,
  _words: readonly string[],
  { face, host }: CommandContext,
): Promise<CommandResult> {
  const { checkSum, listInstalled } = await import("../../plugin/installed.ts");
  const all = await listInstalled(host);
  const byName = [...all].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  for (const plugin of byName) {
    if ((await checkSum(plugin)) === undefined) {
      face.say(plugin.path);
    }
  }
  return done;
}

async function required(
  _given: Given,
  [template, ...more]: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  if (template === undefined || more.length > 0) {
    return misuse("plugins required takes one template", context);
  }
  const loaded = await load(template, { var: {}, var_file: [], config_type: undefined }, context, {
    allowUnsetVars: true,
  });
  if (loaded.language === "json") {
    return misuse("Packer plugins currently only works with HCL2 configuration templates", context);
  }
  const refused = refuse(loaded, context);
  if (refused !== undefined) {
    return refused;
  }
  const { listInstalled, selectRequired } = await import("../../plugin/installed.ts");
  const all = await listInstalled(context.host);
  for (const plugin of loaded.requiredPlugins ?? []) {
    const paths = selectRequired(all, plugin).map(({ path }) => path);
    context.face.say([plugin.name, plugin.source, JSON.stringify(plugin.version), ...paths].join(" "));
  }
  return done;
}

async function install(
  { path, force }: Given,
  words: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  const [text, constraints = "", ...more] = words;
  const source = text === undefined ? undefined : parsePluginSource(text);
  if (text === undefined || source === undefined || more.length > 0) {
    return misuse(
      "plugins install takes a source, such as github.com/hashicorp/docker, and perhaps a version",
      context,
    );
  }
  if ("problem" in source) {
    return misuse(`The provided source URL is invalid. ${source.problem}`, context);
  }
  if (constraints !== "" && parseConstraints(constraints) === undefined) {
    return misuse(`"${constraints}" is no list of constraints; write ">= 1.2.0, < 2.0.0"`, context);
  }
  const { face, host } = context;
  const world = await openWorld(context);
  if (path !== undefined) {
    const { resolve } = await import("node:path");
    const { installFile } = await import("../../plugin/install/from-file.ts");
    const to = await installFile(resolve(host.cwd, path), source, world);
    face.say(`Successfully installed plugin ${text} from ${path} to ${to}`);
    return done;
  }
  const { installPlugin } = await import("../../plugin/install/install.ts");
  const result = await installPlugin({ source, constraints }, { force }, world);
  if (result.isNew) {
    face.say(`Installed plugin ${text} v${result.version} in ${JSON.stringify(result.path)}`);
  }
  return done;
}

async function remove(_given: Given, words: readonly string[], context: CommandContext): Promise<CommandResult> {
  const [what, constraints = "", ...more] = words;
  if (what === undefined || more.length > 0) {
    return misuse("plugins remove takes a source and perhaps a version, or a path", context);
  }
  const [{ isAbsolute }, { removePluginFile, removePlugins }] = await Promise.all([
    import("node:path"),
    import("../../plugin/install/remove.ts"),
  ]);
  const world = await openWorld(context);
  const removed = isAbsolute(what)
    ? await removePluginFile(what, world)
    : await removePlugins(what, constraints, world);
  for (const path of removed) {
    context.face.say(path);
  }
  return done;
}

async function openWorld({ host, signal, face, services }: CommandContext) {
  const { openInstallWorld } = await import("../../plugin/install/open-world.ts");
  const log = (text: string) => face.sink({ type: "log", text, at: host.clock.now() });
  return openInstallWorld({ host, signal, log, token: services?.find(registryToken) });
}

function misuse(text: string, { face }: CommandContext): CommandResult {
  face.error(text);
  return { exitCode: 1, diagnostics: [] };
}
