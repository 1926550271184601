// What the workflow asked for: the inputs of the step -> a command with its configuration.
import type { Command, CommandOption } from "../../command/command.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { actionOptions } from "./action-options.ts";
import { decodeInputs, type Environment, nameInput, readText } from "./decode-inputs.ts";
import { readSecretEnvs } from "./secret-envs.ts";
import { findUnknownInputs } from "./unknown-inputs.ts";
import { findUnknownParts, NAME_PARTS, namePattern } from "./upload-names.ts";

export interface Inputs {
  readonly command: Command;
  readonly config: Readonly<Record<string, unknown>>;
  /** Paths and patterns, as given. */
  readonly templates: readonly string[];
  readonly summary: boolean;
  readonly attest: boolean;
  readonly timestamps: boolean;
  readonly uploadLog: "off" | "failure" | "always";
  readonly cacheDownloads: boolean;
  /** Pattern of the names of workflow artifacts; `undefined` for none. */
  readonly uploads: string | undefined;
  /** 0 for what the repository says. */
  readonly retentionDays: number;
  /** Where the result goes; `undefined` for the runner's folder. */
  readonly resultPath: string | undefined;
  /** Name of the artifact that results travel in; `undefined` for none. */
  readonly resultArtifact: string | undefined;
  /** To be hidden; `config` has them already. */
  readonly secretValues: readonly string[];
  /** Empty when there is none. */
  readonly plugins: "native-first" | "as-declared" | "none";
  readonly githubToken: string;
  readonly pullRequestPlan: "off" | "summary" | "comment";
  readonly allowFilesOutside: boolean;
  readonly allowUntrustedEvents: boolean;
}

export interface InputsContext {
  readonly commands: readonly Command[];
  /** The environment that the runner itself was started with, as far as it is known. */
  readonly inherited: Environment;
}

/** Reads all inputs; `inputs` is missing when one of them cannot be used. */
export async function readInputs(
  env: Environment,
  { commands, inherited }: InputsContext,
): Promise<{ readonly inputs?: Inputs | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  const own = await decodeInputs(env, actionOptions);
  const onUnknown = own.config["unknown_inputs"] === "warn" ? "warn" : "fail";
  const unknown = findUnknownInputs(env, knownInputs(commands), { onUnknown, inherited });
  if (hasErrors(own.diagnostics)) {
    return { diagnostics: [...own.diagnostics, ...unknown] };
  }
  const command = commands.find(({ name }) => name === own.config["command"]);
  if (command === undefined) {
    throw new Error(`There is no command ${String(own.config["command"])}`);
  }
  const theirs = await decodeInputs(env, command.options);
  const { values: fromEnvs, diagnostics: missing } = readSecretEnvs(own.config["secret_envs"] as string[], env);
  const strays = [
    ...reportUnused(env, command, commands),
    ...unknown,
    ...reportWrongName(own.config),
    ...reportQuestions(theirs.config),
    ...missing,
  ];
  const diagnostics = [...own.diagnostics, ...theirs.diagnostics, ...strays];
  if (hasErrors(diagnostics)) {
    return { diagnostics };
  }
  const ownConfig = own.config as ConfigOf<typeof actionOptions>;
  const secretVars = { ...fromEnvs, ...ownConfig.secret_vars };
  const config = withVariables(theirs.config, secretVars);
  return {
    inputs: { ...nameOwn(ownConfig, command), command, config, secretValues: Object.values(secretVars) },
    diagnostics,
  };
}

/** The inputs of the action itself, by the names that it uses. */
function nameOwn(
  own: ConfigOf<typeof actionOptions>,
  { comparesImages = false }: Command,
): Omit<Inputs, "command" | "config" | "secretValues"> {
  return {
    templates: own.template,
    summary: own.summary,
    attest: own.attest,
    timestamps: own.timestamps,
    uploads: namePattern(own.upload_artifacts),
    retentionDays: own.retention_days,
    uploadLog: own.upload_log as Inputs["uploadLog"],
    cacheDownloads: own.cache_downloads,
    resultPath: own.result_path || undefined,
    resultArtifact: own.result_artifact || undefined,
    plugins: own.plugins as Inputs["plugins"],
    githubToken: own.github_token ?? "",
    pullRequestPlan: comparesImages ? (own.pull_request_plan as Inputs["pullRequestPlan"]) : "off",
    allowFilesOutside: own.allow_files_outside,
    allowUntrustedEvents: own.allow_untrusted_events,
  };
}

function withVariables(
  config: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, string>>,
): Inputs["config"] {
  const vars = config["var"] as Readonly<Record<string, string>> | undefined;
  return vars === undefined ? config : { ...config, var: { ...vars, ...more } };
}

function* reportWrongName(config: Readonly<Record<string, unknown>>): Generator<Diagnostic> {
  for (const part of findUnknownParts(namePattern(String(config["upload_artifacts"] ?? "")) ?? "")) {
    yield {
      code: "action/invalid-input",
      severity: "error",
      summary: `The input "upload-artifacts" cannot have "{${part}}" in it`,
      hint: `What is filled in is ${NAME_PARTS.map((name) => `{${name}}`).join(", ")}.`,
    };
  }
}

function* reportQuestions(config: Readonly<Record<string, unknown>>): Generator<Diagnostic> {
  if (config["on_error"] === "ask") {
    yield {
      code: "action/invalid-input",
      severity: "error",
      summary: 'The input "on-error" cannot be "ask": there is nobody to ask in a workflow',
      hint: 'Write "abort" to leave everything in place for a later step, or "cleanup" to remove what was made.',
    };
  }
}

/** What was given and does nothing with this command. A value that means as much as none is no mistake. */
function* reportUnused(env: Environment, command: Command, commands: readonly Command[]): Generator<Diagnostic> {
  const taken = new Set(listInputs(command));
  for (const [name, option] of Object.entries<CommandOption>(actionOptions)) {
    const input = nameInput(name, option) ?? name;
    const text = readText(env, input);
    const isUsed = option.commands === undefined || option.commands.includes(command.name);
    if (!isUsed && text !== "" && text.toLowerCase() !== String(option.default)) {
      yield withoutEffect(input, command);
    }
  }
  for (const name of new Set(commands.flatMap(listInputs))) {
    if (taken.has(name) || readText(env, name) === "") {
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

function knownInputs(commands: readonly Command[]): readonly string[] {
  const own = Object.entries<CommandOption>(actionOptions).flatMap(([name, option]) => nameInput(name, option) ?? []);
  return [...new Set([...own, ...commands.flatMap(listInputs)])];
}

function listInputs(command: Command): string[] {
  return Object.entries(command.options).flatMap(([name, option]) => nameInput(name, option) ?? []);
}
