// What the workflow asked for: the inputs of the step -> a command with its configuration.
import type { Command, CommandOption, CommandSchema } from "../../command/command.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { decodeOptions } from "../../template/decode-options.ts";
import { type RawEntry, type RawValue, toRaw } from "../../template/raw-value.ts";
import { actionOptions } from "./action-options.ts";
import { NAME_PARTS, namePattern, unknownParts } from "./upload-names.ts";

/** The command that `pull-request-plan` belongs to. */
const PULL_REQUEST_PLAN_OF = "plan";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Inputs {
  readonly command: Command;
  readonly config: Readonly<Record<string, unknown>>;
  /** Paths and patterns, as given. */
  readonly templates: readonly string[];
  readonly summary: boolean;
  readonly attest: boolean;
  readonly timestamps: boolean;
  readonly cacheDownloads: boolean;
  /** Pattern of the names of workflow artifacts; `undefined` for none. */
  readonly uploads: string | undefined;
  /** 0 for what the repository says. */
  readonly retentionDays: number;
  /** Where to write what is wrong for other programs; `undefined` for nowhere. */
  readonly sarif: string | undefined;
  /** Where the result goes; `undefined` for the runner's folder. */
  readonly resultPath: string | undefined;
  /** Name of the artifact that results travel in; `undefined` for none. */
  readonly resultArtifact: string | undefined;
  /** To be hidden; `config` has them already. */
  readonly secretValues: readonly string[];
  /** Empty when there is none. */
  readonly githubToken: string;
  readonly pullRequestPlan: "off" | "summary" | "comment";
  readonly allowFilesOutside: boolean;
  readonly allowUntrustedEvents: boolean;
}

/** The name of an option among the action's inputs; `undefined` when it is none. */
export function inputName(name: string, { input }: CommandOption): string | undefined {
  return input === false ? undefined : (input ?? name.replaceAll("_", "-"));
}

/** An option with the default that it has as an input. */
export function asInput(option: CommandOption): CommandOption {
  return "inputDefault" in option ? { ...option, default: option.inputDefault } : option;
}

/** An input as the runner hands it over; what was not given is empty. */
export function inputText(env: Environment, name: string): string {
  return (env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim();
}

/** Reads all inputs; `inputs` is missing when one of them cannot be used. */
export async function readInputs(
  env: Environment,
  commands: readonly Command[],
): Promise<{ readonly inputs?: Inputs | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  const own = await decode(env, actionOptions);
  if (hasErrors(own.diagnostics)) {
    return { diagnostics: own.diagnostics };
  }
  const command = commands.find(({ name }) => name === own.config["command"]);
  if (command === undefined) {
    throw new Error(`There is no command ${String(own.config["command"])}`);
  }
  const theirs = await decode(env, command.options);
  const strays = [...unused(env, command, commands), ...unknown(env, commands), ...wrongName(own.config)];
  const diagnostics = [...own.diagnostics, ...theirs.diagnostics, ...strays];
  if (hasErrors(diagnostics)) {
    return { diagnostics };
  }
  const {
    template,
    summary,
    sarif,
    attest,
    timestamps,
    upload_artifacts,
    retention_days,
    result_path,
    result_artifact,
    secret_vars,
  } = own.config as ConfigOf<typeof actionOptions>;
  const uploads = namePattern(upload_artifacts);
  const config = withVariables(theirs.config, secret_vars);
  const inputs = {
    command,
    config,
    templates: template,
    summary,
    sarif,
    attest,
    timestamps,
    uploads,
    retentionDays: retention_days,
  };
  const cacheDownloads = own.config["cache_downloads"] === true;
  const results = { resultPath: result_path || undefined, resultArtifact: result_artifact || undefined };
  const github = {
    githubToken: String(own.config["github_token"] ?? ""),
    pullRequestPlan:
      command.name === PULL_REQUEST_PLAN_OF ? (own.config["pull_request_plan"] as "off") : ("off" as const),
  };
  const allowed = {
    allowFilesOutside: own.config["allow_files_outside"] === true,
    allowUntrustedEvents: own.config["allow_untrusted_events"] === true,
  };
  return {
    inputs: { ...inputs, ...allowed, cacheDownloads, ...results, ...github, secretValues: Object.values(secret_vars) },
    diagnostics,
  };
}

function withVariables(
  config: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, string>>,
): Inputs["config"] {
  const vars = config["var"] as Readonly<Record<string, string>> | undefined;
  return vars === undefined ? config : { ...config, var: { ...vars, ...more } };
}

/** Decodes under the names of the inputs, so that messages speak of what stands in the workflow. */
async function decode(
  env: Environment,
  schema: CommandSchema,
): Promise<{ config: Readonly<Record<string, unknown>>; diagnostics: readonly Diagnostic[] }> {
  const names = Object.keys(schema).map(
    (name) => [name, inputName(name, schema[name] as CommandOption) ?? name] as const,
  );
  const renamed = Object.fromEntries(names.map(([name, input]) => [input, asInput(schema[name] as CommandOption)]));
  const problems: Diagnostic[] = [];
  const entries: RawEntry[] = [];
  for (const [name, input] of names) {
    const option = schema[name] as CommandOption;
    const text = inputName(name, option) === undefined ? "" : inputText(env, input);
    if (text === "") {
      continue;
    }
    const value = await rawInput(text, option, input, problems);
    if (value !== undefined) {
      entries.push({ key: input, keyRange: () => undefined, value });
    }
  }
  const body = { is: "map" as const, range: () => undefined, entries };
  const decoded = decodeOptions({
    schema: renamed,
    body,
    anyCase: true,
    label: "the inputs of the action",
    range: undefined,
  });
  return {
    config: Object.fromEntries(names.map(([name, input]) => [name, decoded.config[input]])),
    diagnostics: [
      ...problems,
      ...decoded.diagnostics.map((diagnostic) => ({ ...diagnostic, code: "action/invalid-input" })),
    ],
  };
}

/** As the runner's own library reads it. */
function readTruth(text: string): boolean | undefined {
  if (/^(true|True|TRUE)$/.test(text)) {
    return true;
  }
  return /^(false|False|FALSE)$/.test(text) ? false : undefined;
}

async function rawInput(
  text: string,
  option: CommandOption,
  input: string,
  problems: Diagnostic[],
): Promise<RawValue | undefined> {
  switch (option.type.is) {
    case "bool":
      return toRaw(readTruth(text) ?? text);
    case "list":
      return toRaw(listOf(text, option.separator));
    case "map": {
      const { readMap } = await import("./map-input.ts");
      const { map, problem } = readMap(text);
      if (problem === undefined) {
        return toRaw(map);
      }
      problems.push(invalid(input, problem));
      return undefined;
    }
    default:
      return toRaw(text);
  }
}

/** As `toJson` writes a list: for items that a line cannot hold. A pattern that begins with `[` is none. */
function jsonList(text: string): string[] | undefined {
  if (!text.startsWith("[")) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One a line, or a list in JSON; where the command line has a separator, it may be used too. */
function listOf(text: string, separator: string | undefined): string[] {
  const given = jsonList(text);
  if (given !== undefined) {
    return given;
  }
  const lines = text.split(/\r\n|\r|\n/);
  const items = separator === undefined ? lines : lines.flatMap((line) => line.split(separator));
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

function invalid(input: string, detail: string): Diagnostic {
  return {
    code: "action/invalid-input",
    severity: "error",
    summary: `The input "${input}" is not a map in YAML or JSON`,
    detail,
    hint: `Write one variable a line, such as "region: eu-central-1". The line numbers are those of the input; a secret of any form stands well as \${{ toJson(secrets.NAME) }}.`,
  };
}

function* wrongName(config: Readonly<Record<string, unknown>>): Generator<Diagnostic> {
  for (const part of unknownParts(namePattern(String(config["upload_artifacts"] ?? "")) ?? "")) {
    yield {
      code: "action/invalid-input",
      severity: "error",
      summary: `The input "upload-artifacts" cannot have "{${part}}" in it`,
      hint: `What is filled in is ${NAME_PARTS.map((name) => `{${name}}`).join(", ")}.`,
    };
  }
}

function* unused(env: Environment, command: Command, commands: readonly Command[]): Generator<Diagnostic> {
  const taken = new Set(inputsOf(command));
  if (command.name !== PULL_REQUEST_PLAN_OF && !["", "off"].includes(inputText(env, "pull-request-plan"))) {
    yield withoutEffect("pull-request-plan", command);
  }
  for (const name of new Set(commands.flatMap(inputsOf))) {
    if (taken.has(name) || inputText(env, name) === "") {
      continue;
    }
    yield withoutEffect(name, command);
  }
}

function withoutEffect(name: string, command: Command): Diagnostic {
  return {
    code: "action/unused-input",
    severity: "warning",
    summary: `The input "${name}" has no effect`,
    detail: `The command "${command.name}" does not take it.`,
  };
}

function* unknown(env: Environment, commands: readonly Command[]): Generator<Diagnostic> {
  const own = Object.entries(actionOptions).flatMap(([name, option]) => inputName(name, option) ?? []);
  const known = [...new Set([...own, ...commands.flatMap(inputsOf)])];
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith("INPUT_")) {
      continue;
    }
    const name = variable.slice("INPUT_".length).toLowerCase();
    // Variables of the same beginning may have other reasons to be there.
    const meant = known.includes(name) ? undefined : didYouMean(name, known);
    if (meant === undefined) {
      continue;
    }
    const hint = `did you mean "${meant}"?`;
    yield { code: "action/unknown-input", severity: "warning", summary: `The action has no input "${name}"`, hint };
  }
}

function inputsOf(command: Command): string[] {
  return Object.entries(command.options).flatMap(([name, option]) => inputName(name, option) ?? []);
}
