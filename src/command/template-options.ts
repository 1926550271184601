// Options of every command that reads a template, and the reading itself.
import { hasErrors } from "../diagnostic/diagnostic.ts";
import { option } from "../sdk/option.ts";
import type { Lookups } from "../template/engine/scope.ts";
import { loadTemplate } from "../template/load.ts";
import type { LoadedTemplate, LoadRequest, PlanRequest } from "../template/loading.ts";
import { type CommandContext, type CommandResult, edge } from "./command.ts";

/** The version of Packer whose templates and behaviour this program follows. */
export const PACKER_VERSION = "1.16.0";

export const variableOptions = Object.freeze({
  var: edge(option.stringMap({ description: "Value of a variable." }), {
    placeholder: "'key=value'",
    input: "vars",
    valueForm: "any",
  }),
  var_file: edge(
    option.strings({ description: "File with values of variables, in JSON, YAML or HCL2. A later file wins." }),
    {
      placeholder: "path",
      input: "var-files",
    },
  ),
});

export const selectionOptions = Object.freeze({
  only: edge(option.strings({ description: "Only the builds with these names." }), {
    placeholder: "foo,bar,baz",
    separator: ",",
  }),
  except: edge(option.strings({ description: "All builds and post-processors but those with these names." }), {
    placeholder: "foo,bar,baz",
    separator: ",",
  }),
});

export const formatOptions = Object.freeze({
  config_type: edge(
    option.string({ oneOf: ["json", "hcl2"], description: "Language of a template from standard input." }),
    {
      placeholder: "json|hcl2",
      input: false,
    },
  ),
});

/** The options that reading a template takes. */
export interface TemplateConfig {
  readonly var: Readonly<Record<string, string>>;
  readonly var_file: readonly string[];
  readonly config_type: string | undefined;
}

/** Those of a command that works on the builds of a template. */
export type SelectionConfig = TemplateConfig & Pick<PlanRequest, "only" | "except">;

type AnyConfig = Readonly<Record<string, unknown>>;

/** Whether a configuration is one of a command that works on builds: they all share these options. */
export function selectsBuilds(config: AnyConfig): config is AnyConfig & SelectionConfig {
  return ["var", "var_file", "only", "except"].every((name) => name in config);
}

/** Reads the template a command was given. */
export async function load(
  template: string,
  config: TemplateConfig,
  context: CommandContext,
  more: Pick<LoadRequest, "allowUnsetVars" | "warnUndeclaredVars"> = {},
): Promise<LoadedTemplate> {
  const loaded = await loadTemplate({ ...loadRequest(template, config, context), ...more });
  for (const path of [template, ...loaded.files.keys()]) {
    context.secrets.keepPath(path);
  }
  return loaded;
}

/** What reading a template takes. */
export function loadRequest(template: string, config: TemplateConfig, context: CommandContext): LoadRequest {
  return {
    path: template,
    configType: config.config_type === "hcl2" || config.config_type === "json" ? config.config_type : undefined,
    host: context.host,
    catalog: context.catalog,
    lookups: hideFetched(context),
    readStdin: context.readStdin,
    varFiles: config.var_file,
    vars: Object.entries(config.var),
    packerVersion: PACKER_VERSION,
    startedAt: context.startedAt,
    hide: (secret, origin) => context.secrets.register(secret, origin),
    showInClear: (text) => context.secrets.showInClear(text),
    findHidden: (text) => context.secrets.findValues(text),
  };
}

/** What is fetched from where secrets are kept is one. */
function hideFetched({ lookups, secrets }: CommandContext): Lookups | undefined {
  if (lookups === undefined) {
    return undefined;
  }
  const hide = async (fetched: Promise<string>): Promise<string> => {
    const value = await fetched;
    secrets.register(value);
    return value;
  };
  return {
    ...lookups,
    vault: (...args) => hide(lookups.vault(...args)),
    aws_secretsmanager: (...args) => hide(lookups.aws_secretsmanager(...args)),
    aws_secretsmanager_raw: (...args) => hide(lookups.aws_secretsmanager_raw(...args)),
  };
}

/** Shows what is wrong with the form of a template; the result when that ends the command. */
export function refuse(loaded: LoadedTemplate, context: CommandContext): CommandResult | undefined {
  if (!hasErrors(loaded.diagnostics)) {
    return undefined;
  }
  context.face.diagnostics(loaded.diagnostics, loaded.files);
  return { exitCode: 1, diagnostics: loaded.diagnostics };
}
