// Every function that templates in HCL2 can call. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions

import { typeText } from "../../cty/type-name.ts";
import { FunctionError, type FunctionParameter, type HclFunction, type PlainFunction } from "../../hcl/function.ts";
import { collectionFunctions } from "./collections.ts";
import { cryptoFunctions } from "./crypto.ts";
import { dateFunctions } from "./dates.ts";
import { encodingFunctions } from "./encodings.ts";
import { fileFunctions, templateFileFunction } from "./files.ts";
import { formatFunctions } from "./format.ts";
import { lazyFunctions } from "./lazy.ts";
import { listFunctions } from "./lists.ts";
import { defaultFunctionDefinitions, lookupFunctions } from "./lookups.ts";
import { networkFunctions } from "./network.ts";
import { numberFunctions } from "./numbers.ts";
import { pathFunctions } from "./paths.ts";
import { regexFunctions } from "./regex-functions.ts";
import { setFunctions } from "./sets.ts";
import type { FunctionDefinition, FunctionWorld } from "./signature.ts";
import { stringFunctions } from "./strings.ts";
import { yamlFunctions } from "./yaml.ts";

export type { FunctionWorld } from "./signature.ts";

/** Everything but `env` and `templatefile`, by the family under which it is documented. */
const families: Readonly<Record<string, readonly FunctionDefinition[]>> = {
  numeric: numberFunctions,
  string: [...stringFunctions, ...formatFunctions, ...regexFunctions],
  collection: [...collectionFunctions, ...listFunctions, ...setFunctions],
  encoding: [...encodingFunctions, ...yamlFunctions],
  file: [...fileFunctions, ...pathFunctions],
  datetime: dateFunctions,
  conversion: lazyFunctions,
  crypto: cryptoFunctions,
  ipnet: networkFunctions,
  contextual: lookupFunctions,
};

/** All functions but `env`. */
export function hclFunctions(world: FunctionWorld): ReadonlyMap<string, HclFunction> {
  const functions = new Map(
    Object.values(families)
      .flat()
      .map((definition) => [definition.name, bindFunction(definition, world)]),
  );
  // A template in a file cannot render further ones.
  const inTemplates = new Map(functions);
  const templateFile = templateFileFunction(() => inTemplates);
  return functions.set(templateFile.name, bindFunction(templateFile, world));
}

/** The functions for defaults of variables: `env` alone. */
export function defaultFunctions(world: Pick<FunctionWorld, "host">): ReadonlyMap<string, HclFunction> {
  const whole: FunctionWorld = { baseDir: world.host.cwd, startedAt: 0, now: () => 0, lookup: () => "", ...world };
  return new Map(defaultFunctionDefinitions.map((definition) => [definition.name, bindFunction(definition, whole)]));
}

/** What reads YAML, loaded when one of the texts may ask for it, directly or in a template file. */
export async function yamlReaderFor(texts: Iterable<string>): Promise<Pick<FunctionWorld, "readYaml">> {
  for (const text of texts) {
    if (/yamldecode|templatefile/.test(text)) {
      return { readYaml: (await import("./yaml-reader.ts")).readYaml };
    }
  }
  return {};
}

function bindFunction(definition: FunctionDefinition, world: FunctionWorld): HclFunction {
  if ("callLazily" in definition) {
    return definition;
  }
  if (!("bind" in definition)) {
    return { ...definition, call: withinMemory(definition.call) };
  }
  const { bind, ...description } = definition;
  return { ...description, call: withinMemory(bind(world)) };
}

/** JavaScript refuses to make texts beyond half a gigabyte: that is a mistake of the template, not of this program. */
function withinMemory(call: PlainFunction["call"]): PlainFunction["call"] {
  return (args, returns) => {
    try {
      return call(args, returns);
    } catch (thrown) {
      if (thrown instanceof RangeError) {
        throw new FunctionError("the result is too large");
      }
      throw thrown;
    }
  };
}

/** A function as the documentation shows it. */
export interface FunctionInWords {
  readonly name: string;
  readonly family: string;
  readonly description: string;
  /** Such as `substr(str: string, offset: number, length: number): string`; without the type of the result where it follows from the arguments. */
  readonly signature: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: string;
    readonly description?: string | undefined;
  }[];
}

/** All functions in words, sorted by name. */
export function functionDescriptions(): readonly FunctionInWords[] {
  const described = Object.entries(families).flatMap(([family, definitions]) =>
    definitions.map((one) => inWords(family, one)),
  );
  const templateFile = templateFileFunction(() => new Map());
  const forDefaults = defaultFunctionDefinitions.map((definition) => inWords("contextual", definition));
  return [...described, inWords("file", templateFile), ...forDefaults].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function inWords(family: string, definition: FunctionDefinition): FunctionInWords {
  const { name, description, parameters, variadic } = definition;
  const all = variadic === undefined ? parameters : [...parameters, variadic];
  const written = parameters.map((parameter) => `${parameter.name}: ${typeText(parameter.type)}`);
  if (variadic !== undefined) {
    written.push(`${variadic.name}: ${typeText(variadic.type)}...`);
  }
  const returns =
    "returns" in definition && typeof definition.returns === "object" ? `: ${typeText(definition.returns)}` : "";
  return {
    name,
    family,
    description,
    signature: `${name}(${written.join(", ")})${returns}`,
    parameters: all.map(describeParameter),
  };
}

function describeParameter({ name, type, description }: FunctionParameter): FunctionInWords["parameters"][number] {
  return { name, type: typeText(type), description };
}
