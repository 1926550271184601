// The functions of the `{{ }}` language in templates, as data. After https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/engine

import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { TemplateFailure } from "../../gotemplate/problem.ts";
import { formatTime, strftime } from "../../gotemplate/time.ts";
import type { ParameterKind, TemplateFunction, TemplateValue } from "../../gotemplate/value.ts";
import type { GeneratedValue } from "../../sdk/artifact.ts";
import { listAbsentTexts, listPlannedTypes, standInFor } from "../../sdk/build-data.ts";
import type { OptionType } from "../../sdk/option.ts";
import { cleanResourceName } from "./clean-resource-name.ts";
import type { EngineScope, Lookups } from "./scope.ts";

/** A function before it is bound to a place. */
export interface EngineFunction {
  readonly name: string;
  readonly parameters: readonly ParameterKind[];
  /** Arguments that may be left out at the end. */
  readonly optional?: number | undefined;
  readonly description: string;
  /** Why it has no answer at a place, if so; `args` may be fewer than are written. */
  readonly refuse?: Refuse | undefined;
  call(scope: EngineScope, args: readonly TemplateValue[]): TemplateValue;
}

type Refuse = (scope: EngineScope, args: readonly TemplateValue[]) => TemplateFailure | undefined;

const RFC3339 = "2006-01-02T15:04:05Z07:00";

/** All functions, sorted by name. */
export const engineFunctions: readonly EngineFunction[] = [
  defineLookup(
    "aws_secretsmanager",
    ["string", "string"],
    1,
    "A secret of AWS Secrets Manager; a secret with several keys needs the key.",
  ),
  defineLookup("aws_secretsmanager_raw", ["string"], 0, "The whole text of a secret of AWS Secrets Manager."),
  refusing(
    (scope, [key]) => (key === undefined ? undefined : refuseBuildValue(scope, String(key))),
    defineFunction(
      "build",
      ["string"],
      "A value that the build publishes while it runs, such as `ID` or `Host`.",
      (scope, [key]) => buildValue(scope, String(key)),
    ),
  ),
  defineFunction("build_name", [], "The name of the build.", (scope) => demandComponent(scope, "build_name").buildName),
  defineFunction(
    "build_type",
    [],
    "The type of the builder.",
    (scope) => demandComponent(scope, "build_type").builderType,
  ),
  defineFunction(
    "clean_resource_name",
    ["string"],
    "The text with every character replaced that the builder's platform does not allow in names.",
    (scope, [text]) => cleanResourceName(demandComponent(scope, "clean_resource_name").builderType, String(text)),
  ),
  defineLookup("consul_key", ["string"], 0, "A value of Consul's key-value store."),
  refusing(
    (scope, [name]) =>
      scope.stage === "variables"
        ? undefined
        : new TemplateFailure("env vars are not allowed here", {
            hint: adviseVariable(scope, `env("${name ?? "NAME"}")`),
          }),
    defineFunction(
      "env",
      ["string"],
      "An environment variable; only inside `variables`.",
      (scope, [name]) => scope.world.host.env[String(name)] ?? "",
    ),
  ),
  withOptional(
    1,
    defineFunction(
      "isotime",
      ["string"],
      "The time of the run's start in UTC, in Go's layout; RFC 3339 without one.",
      (scope, [layout]) => formatTime(new Date(scope.world.startedAt), String(layout ?? RFC3339)),
    ),
  ),
  defineFunction("lower", ["string"], "The text in lower case.", (_scope, [text]) => String(text).toLowerCase()),
  defineFunction(
    "packer_version",
    [],
    "The version of Packer that this program follows.",
    (scope) => scope.world.packerVersion,
  ),
  defineFunction("pwd", [], "The folder in which the program runs.", (scope) => scope.world.host.cwd),
  defineFunction(
    "replace",
    ["string", "string", "int", "string"],
    "`replace OLD NEW N TEXT`: the first N occurrences, or all when N is negative.",
    (_scope, [old, fresh, n, text]) => replaceFirst(String(text), String(old), String(fresh), Number(n)),
  ),
  defineFunction(
    "replace_all",
    ["string", "string", "string"],
    "`replace_all OLD NEW TEXT`: every occurrence.",
    (_scope, [old, fresh, text]) => String(text).replaceAll(String(old), () => String(fresh)),
  ),
  refusing(
    () => new TemplateFailure("sed is no longer available", { hint: "Use replace or replace_all." }),
    defineFunction("sed", ["string", "string"], "Gone since Packer 1.5; always an error.", () => ""),
  ),
  defineFunction(
    "split",
    ["string", "string", "int"],
    "`split TEXT SEPARATOR INDEX`: one piece of the text, counted from 0.",
    (_scope, [text, separator, index]) => pickPiece(String(text), String(separator), Number(index)),
  ),
  defineFunction("strftime", ["string"], "The time of the run's start in UTC, in C's notation.", (scope, [format]) =>
    strftime(new Date(scope.world.startedAt), String(format)),
  ),
  refusing(
    ({ world }) => {
      if (world.language === "json" && world.templateDir !== undefined) {
        return undefined;
      }
      return new TemplateFailure("template path not available", {
        hint:
          world.language === "json" ? "A template from standard input has no folder." : "Write ${path.root} instead.",
      });
    },
    defineFunction("template_dir", [], "The folder of the template.", ({ world }) => world.templateDir ?? ""),
  ),
  defineFunction("timestamp", [], "The time of the run's start, in seconds since 1970.", (scope) =>
    String(Math.floor(scope.world.startedAt / 1000)),
  ),
  defineFunction("upper", ["string"], "The text in upper case.", (_scope, [text]) => String(text).toUpperCase()),
  refusing(
    (scope, [name]) =>
      scope.world.language === "json"
        ? undefined
        : new TemplateFailure("HCL2 templates have no user variables", {
            hint: `Write \${var.${name ?? "NAME"}} instead.`,
          }),
    defineFunction("user", ["string"], "The value of a variable.", (scope, [name]) => scope.user(String(name))),
  ),
  defineFunction("uuid", [], "A new UUID that begins with the time.", (scope) =>
    timeOrderedUuid(scope.world.host.random.bytes(12), scope.world.startedAt),
  ),
  defineLookup("vault", ["string", "string"], 0, "A value of HashiCorp Vault's key-value store."),
];

function defineFunction(
  name: string,
  parameters: readonly ParameterKind[],
  description: string,
  call: EngineFunction["call"],
): EngineFunction {
  return { name, parameters, description, call };
}

/** The same function, of whose parameters so many at the end may be left out. */
function withOptional(optional: number, fn: EngineFunction): EngineFunction {
  return optional === 0 ? fn : { ...fn, optional };
}

/** The same function, where it has an answer. */
function refusing(refuse: Refuse, fn: EngineFunction): EngineFunction {
  return { ...fn, refuse };
}

/** How to get at a value that only variables may ask for. */
function adviseVariable({ world }: EngineScope, call: string): string {
  return world.language === "json"
    ? "Give a variable this default and use it here with `user`."
    : `Give a variable this default: ${call}, and write \${var.NAME} here.`;
}

function defineLookup(
  name: keyof Lookups,
  parameters: readonly ParameterKind[],
  optional: number,
  description: string,
): EngineFunction {
  const call: EngineFunction["call"] = (scope, args) =>
    scope.stage === "variables" ? scope.lookup(name, args.map(String)) : "";
  const refuse: Refuse = (scope, args) =>
    scope.stage === "variables"
      ? undefined
      : new TemplateFailure(`${name} is only allowed in the variables section`, {
          hint: adviseLookup(scope, name, args),
        });
  return refusing(
    refuse,
    withOptional(optional, defineFunction(name, parameters, `${description} Only inside \`variables\`.`, call)),
  );
}

/** In HCL2 the functions that ask for values from outside may stand in locals. */
function adviseLookup(scope: EngineScope, name: keyof Lookups, args: readonly TemplateValue[]): string {
  const written = args.map((arg) => JSON.stringify(String(arg))).join(", ");
  return scope.world.language === "json"
    ? adviseVariable(scope, name)
    : `Write a local with the value ${name}(${written || "…"}), and \${local.NAME} here.`;
}

/** The functions as they answer at one place. */
export function bindFunctions(scope: EngineScope): ReadonlyMap<string, TemplateFunction> {
  return new Map(engineFunctions.map((fn) => [fn.name, bind(fn, scope)]));
}

function bind(fn: EngineFunction, scope: EngineScope): TemplateFunction {
  const { name, parameters, description } = fn;
  const maxArgs = parameters.length;
  return {
    name,
    parameters,
    description,
    minArgs: maxArgs - (fn.optional ?? 0),
    maxArgs,
    call: (args) => {
      const refusal = fn.refuse?.(scope, args);
      if (refusal !== undefined) {
        throw refusal;
      }
      return fn.call(scope, args);
    },
  };
}

/** Why a call with these arguments cannot have an answer at a place, whenever it is made; nothing when it may have one. */
export function refuseCall(
  name: string,
  scope: EngineScope,
  args: readonly TemplateValue[],
): TemplateFailure | undefined {
  return engineFunctions.find((fn) => fn.name === name)?.refuse?.(scope, args);
}

export const engineFunctionNames: readonly string[] = engineFunctions.map((fn) => fn.name);

function demandComponent(scope: EngineScope, name: string): Extract<EngineScope, { stage: "component" }> {
  if (scope.stage === "component") {
    return scope;
  }
  throw new TemplateFailure(`${name} not available`, {
    hint: "It can be used in builders, provisioners and post-processors.",
  });
}

/** As Packer: what is not a list or a map is text. */
export function templateValue(data: GeneratedValue): TemplateValue {
  return typeof data === "object" ? data : String(data);
}

/** What a template works on while nothing runs. */
export function makePlannedValue(name: string, type: OptionType): TemplateValue {
  const value = standInFor(name, type);
  return typeof value === "object" ? value : `Build_${name}`;
}

function buildValue(scope: EngineScope, key: string): TemplateValue {
  const { generated, generates, pending } = demandComponent(scope, "build");
  if (generated !== undefined) {
    return Object.hasOwn(generated, key)
      ? templateValue(generated[key] ?? "")
      : (listAbsentTexts(generated)[key] ?? `ERR_${key.toUpperCase()}_NOT_IMPLEMENTED_BY_BUILDER`);
  }
  pending(key);
  return makePlannedValue(key, listPlannedTypes(generates).get(key) ?? { is: "string" });
}

/** A build says before it runs which values it will have. */
function refuseBuildValue(scope: EngineScope, key: string): TemplateFailure | undefined {
  const { generated, generates, publishesUnknown } = demandComponent(scope, "build");
  if (publishesUnknown === true) {
    return undefined;
  }
  const keys = [...listPlannedTypes(generates).keys()];
  if (keys.includes(key) || (generated !== undefined && Object.hasOwn(generated, key))) {
    return undefined;
  }
  const meant = didYouMean(key, keys);
  return new TemplateFailure(`the build has no value ${key}`, {
    argument: 0,
    hint: meant ? `did you mean "${meant}"?` : `There are ${keys.join(", ")}.`,
  });
}

function replaceFirst(text: string, old: string, fresh: string, count: number): string {
  if (count < 0) {
    return text.replaceAll(old, () => fresh);
  }
  let rest = text;
  let done = "";
  for (let i = 0; i < count; i++) {
    const at = rest.indexOf(old);
    if (at < 0 || (old === "" && rest === "")) {
      break;
    }
    // An empty OLD matches before every character, as in Go.
    const step = old === "" ? 1 : old.length;
    done += rest.slice(0, at) + fresh + (old === "" ? rest.slice(0, 1) : "");
    rest = rest.slice(at + step);
  }
  return done + rest;
}

function pickPiece(text: string, separator: string, index: number): string {
  const pieces = text.split(separator);
  const found = pieces[index];
  if (found !== undefined) {
    return found;
  }
  throw new TemplateFailure(
    `the substring ${index} was unavailable using the separator value, ${separator}, only ${pieces.length} values were found`,
    { argument: 2 },
  );
}

/** As Packer's: 32 bits of seconds since 1970, then 96 random bits. */
function timeOrderedUuid(random: Uint8Array, now: number): string {
  const hex =
    Math.floor(now / 1000)
      .toString(16)
      .padStart(8, "0") + Buffer.from(random).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
