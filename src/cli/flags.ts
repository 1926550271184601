// Reads flags the way Go's flag package does, from the options of a command.
import type { CommandOption, CommandSchema } from "../command/command.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import { type RawEntry, type RawMap, toRaw } from "../template/raw-value.ts";

export type ParsedFlags =
  | { readonly is: "help" }
  | { readonly is: "wrong"; readonly message: string }
  | {
      readonly is: "flags";
      /** The flags' values under the names of the options, ready to be decoded. */
      readonly body: RawMap;
      readonly rest: readonly string[];
    };

/** The flag of an option: `var_file` is `-var-file`. */
export function spellFlag(name: string): string {
  return name.replaceAll("_", "-");
}

/** Flags come before the first other argument or `--`; one dash or two, `-name=value` or `-name value`. */
export function parseFlags(schema: CommandSchema, args: readonly string[]): ParsedFlags {
  const names = new Map(
    Object.keys(schema)
      .filter((name) => schema[name]?.flag !== false)
      .map((name) => [spellFlag(name), name]),
  );
  const values = new Map<string, unknown>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") {
      return endFlags(values, args.slice(i + 1));
    }
    const found = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(arg);
    if (found === null || arg === "-") {
      return endFlags(values, args.slice(i));
    }
    const [, flag = "", inline] = found;
    if (flag === "h" || flag === "help") {
      return { is: "help" };
    }
    const name = names.get(flag);
    if (name === undefined) {
      return refuseUnknown(flag, names.keys());
    }
    const option = schema[name] as CommandOption;
    let value = inline;
    if (value === undefined && option.type.is !== "bool") {
      value = args[++i];
      if (value === undefined) {
        return { is: "wrong", message: `flag needs an argument: -${flag}` };
      }
    }
    const problem = take({ name, flag }, option, value, values);
    if (problem !== undefined) {
      return { is: "wrong", message: problem };
    }
  }
  return endFlags(values, []);
}

function endFlags(values: ReadonlyMap<string, unknown>, rest: readonly string[]): ParsedFlags {
  const entries: RawEntry[] = [...values].map(([key, value]) => ({
    key,
    keyRange: () => undefined,
    value: toRaw(value),
  }));
  return { is: "flags", body: { is: "map", range: () => undefined, entries }, rest };
}

function refuseUnknown(flag: string, known: Iterable<string>): ParsedFlags {
  const meant = didYouMean(flag, known);
  return {
    is: "wrong",
    message: `flag provided but not defined: -${flag}${meant ? ` (did you mean -${meant}?)` : ""}`,
  };
}

/** Stores one value; the text of what is wrong with it otherwise. */
function take(
  { name, flag }: { readonly name: string; readonly flag: string },
  option: CommandOption,
  value: string | undefined,
  values: Map<string, unknown>,
): string | undefined {
  const invalid = (why: string): string => `invalid value ${JSON.stringify(value)} for flag -${flag}: ${why}`;
  switch (option.type.is) {
    case "bool":
      if (!/^(1|0|t|f|true|false|T|F|TRUE|FALSE|True|False)?$/.test(value ?? "")) {
        return `invalid boolean value ${JSON.stringify(value)} for -${flag}: parse error`;
      }
      values.set(name, value === undefined || /^(1|t|true)$/i.test(value));
      return undefined;
    case "number":
      if (!/^[+-]?\d+$/.test(value ?? "")) {
        return invalid("parse error");
      }
      values.set(name, value);
      return undefined;
    case "list":
      values.set(name, [
        ...((values.get(name) as string[] | undefined) ?? []),
        ...(option.separator === undefined
          ? [value]
          : (value ?? "").split(option.separator).filter((item) => item !== "")),
      ]);
      return undefined;
    case "map":
      return takePair(name, value ?? "", values, invalid);
    default:
      if (option.oneOf !== undefined && !option.oneOf.includes(value ?? "")) {
        return invalid(`expected one of [${option.oneOf.map((item) => JSON.stringify(item)).join(" ")}]`);
      }
      values.set(name, value);
      return undefined;
  }
}

function takePair(
  name: string,
  text: string,
  values: Map<string, unknown>,
  invalid: (why: string) => string,
): string | undefined {
  const at = text.indexOf("=");
  if (at < 0) {
    return invalid(`No '=' value in arg: ${text}`);
  }
  const map = new Map(Object.entries((values.get(name) as Record<string, string> | undefined) ?? {}));
  // Later values win and come last, as they were given.
  map.delete(text.slice(0, at));
  map.set(text.slice(0, at), text.slice(at + 1));
  values.set(name, Object.fromEntries(map));
  return undefined;
}
