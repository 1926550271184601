// A configuration on its way to a plugin: whole, in the plugin's own types, with the facts of the run beside it.
import { convert } from "../../cty/convert.ts";
import { listType, objectType, type Type } from "../../cty/type.ts";
import {
  asEntries,
  boolValue,
  listParts,
  listValue,
  mapParts,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  unknown,
  type Value,
  withoutAnyMarks,
} from "../../cty/value.ts";
import type { BuildIdentity, RunSettings } from "../../sdk/run.ts";
import { writeCtyJson } from "../wire/cty-json.ts";
import type { ConfigSpec, SpecPart } from "../wire/spec/spec.ts";

/** What stands for a text that is only known during the run. The text is Packer's, and plugins know it. */
const UNKNOWN_TEXT = "<unknown>";

/** What a component is told of the run it is in. */
export interface RunFacts {
  readonly build: BuildIdentity;
  readonly settings: RunSettings;
}

/** The arguments of `Prepare` and `Configure` for everything that is part of a build. */
export function writeConfigs(spec: ConfigSpec, rawConfig: Value, facts: RunFacts): readonly unknown[] {
  return [describeRun(facts), writeConfig(spec, rawConfig)];
}

/** The configuration alone, which is all that a data source is given. */
export function writeConfig(spec: ConfigSpec, rawConfig: Value): Uint8Array {
  const whole = fillIn(spec, withoutAnyMarks(rawConfig));
  return new TextEncoder().encode(writeCtyJson(standIn(whole)));
}

function describeRun({ build, settings }: RunFacts): Readonly<Record<string, unknown>> {
  return {
    packer_build_name: build.name,
    packer_builder_type: build.builderType,
    packer_core_version: settings.packerVersion,
    packer_debug: String(settings.debug),
    packer_force: String(settings.force),
    // As Packer: what everybody does anyway is not said.
    packer_on_error: settings.onError === "cleanup" ? "" : settings.onError,
    packer_sensitive_variables: [],
    packer_user_variables: settings.userVariables ?? {},
  };
}

/** Every key that the plugin knows; what is not set is null. */
function fillIn(spec: ConfigSpec, given: Value): Value {
  const entries = given.data instanceof Map ? asEntries(given) : new Map<string, Value>();
  return objectValue([...spec].map(([name, part]) => [name, fillInPart(part, entries.get(name))]));
}

function fillInPart(part: SpecPart, given: Value | undefined): Value {
  const isMissing = given === undefined || given.data === null;
  if (part.is === "argument") {
    return isMissing ? nullValue(part.type) : convertTo(given, part.type);
  }
  const type = describeLevel(part.nested);
  if (part.is === "block") {
    const first = isMissing ? undefined : listBlocks(given)[0];
    return first === undefined ? nullValue(type) : fillIn(part.nested, first);
  }
  return listValue(type, isMissing ? [] : listBlocks(given).map((one) => fillIn(part.nested, one)));
}

/** One block stands there as it is, several in a list. */
function listBlocks(given: Value): readonly Value[] {
  return given.data instanceof Map ? [given] : listParts(given);
}

function describeLevel(spec: ConfigSpec): Type {
  return objectType(
    [...spec].map(([name, part]): [string, Type] => {
      if (part.is === "argument") {
        return [name, part.type];
      }
      const level = describeLevel(part.nested);
      return [name, part.is === "block" ? level : listType(level)];
    }),
  );
}

/** What does not fit is reported where the options are checked, and goes on as it is. */
function convertTo(given: Value, type: Type): Value {
  const converted = convert(given, type);
  return converted.ok ? converted.value : given;
}

function standIn(value: Value): Value {
  if (value.data !== unknown) {
    return mapParts(value, standIn);
  }
  switch (value.type.kind) {
    case "string":
    case "dynamic":
      return stringValue(UNKNOWN_TEXT);
    case "number":
      return numberValue(0);
    case "bool":
      return boolValue(false);
    default:
      return nullValue(value.type);
  }
}
