// Texts of inputs -> values, each by the option that it belongs to.
import type { CommandOption, CommandSchema } from "../../command/command.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { decodeOptions } from "../../template/decode-options.ts";
import { type RawEntry, type RawValue, toRaw } from "../../template/raw-value.ts";
import type { ValueReading } from "./value-lines.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The name of an option among the action's inputs; `undefined` when it is none. */
export function nameInput(name: string, { input }: CommandOption): string | undefined {
  return input === false ? undefined : (input ?? name.replaceAll("_", "-"));
}

/** An option with the default that it has as an input. */
export function asInput(option: CommandOption): CommandOption {
  return "inputDefault" in option ? { ...option, default: option.inputDefault } : option;
}

/** An input as the runner hands it over; what was not given is empty. */
export function readText(env: Environment, name: string): string {
  return wholeText(env, name).trim();
}

/** With the blanks around it, which may belong to a value. */
function wholeText(env: Environment, name: string): string {
  return env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "";
}

/** Decodes under the names of the inputs, so that messages speak of what stands in the workflow. */
export async function decodeInputs(
  env: Environment,
  schema: CommandSchema,
): Promise<{ config: Readonly<Record<string, unknown>>; diagnostics: readonly Diagnostic[] }> {
  const names = Object.keys(schema).map(
    (name) => [name, nameInput(name, schema[name] as CommandOption) ?? name] as const,
  );
  const renamed = Object.fromEntries(names.map(([name, input]) => [input, asInput(schema[name] as CommandOption)]));
  const problems: Diagnostic[] = [];
  const entries: RawEntry[] = [];
  for (const [name, input] of names) {
    const option = schema[name] as CommandOption;
    const text = nameInput(name, option) === undefined ? "" : wholeText(env, input);
    if (text.trim() === "") {
      continue;
    }
    const value = await readInput(text, option, input, problems);
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

async function readInput(
  text: string,
  option: CommandOption,
  input: string,
  problems: Diagnostic[],
): Promise<RawValue | undefined> {
  switch (option.type.is) {
    case "bool":
      return toRaw(readTruth(text.trim()) ?? text.trim());
    case "list":
      return toRaw(readList(text.trim(), option.separator));
    case "map": {
      const { map, problem, quoted } = await readMapInput(text, option);
      if (problem !== undefined) {
        problems.push(reportInvalid(input, problem));
        return undefined;
      }
      problems.push(...quoted.map((name) => keepsQuotes(input, name)));
      return toRaw(map);
    }
    default:
      return toRaw(text.trim());
  }
}

async function readMapInput(text: string, { valueForm }: CommandOption): Promise<ValueReading> {
  if (valueForm !== undefined) {
    return (await import("./value-lines.ts")).readValues(text, valueForm);
  }
  return { ...(await import("./map-input.ts")).readMap(text.trim()), quoted: [] };
}

/** As `toJson` writes a list: for items that a line cannot hold. A pattern that begins with `[` is none. */
function readJsonList(text: string): string[] | undefined {
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

/** As YAML writes a list: every line begins with a dash, and quotes are around an item and no part of it. */
function readDashes(lines: readonly string[]): readonly string[] {
  const items = lines.filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  if (items.length === 0 || !items.every((line) => /^\s*-\s/.test(line))) {
    return lines;
  }
  return items.map((line) => line.replace(/^\s*-\s+/, "").replace(/^(["'])(.*)\1\s*$/, "$2"));
}

/** One a line, or a list in JSON or YAML; where the command line has a separator, it may be used too. */
function readList(text: string, separator: string | undefined): string[] {
  const given = readJsonList(text);
  if (given !== undefined) {
    return given;
  }
  const lines = readDashes(text.split(/\r\n|\r|\n/));
  const items = separator === undefined ? lines : lines.flatMap((line) => line.split(separator));
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

function reportInvalid(input: string, detail: string): Diagnostic {
  return {
    code: "action/invalid-input",
    severity: "error",
    summary: `The input "${input}" is not a map in YAML or JSON`,
    detail,
    hint:
      input === "runners"
        ? 'Write one build a line with the label of its runner, such as "docker.web: ubuntu-24.04".'
        : `Write one variable a line, such as "region: eu-central-1". The line numbers are those of the input; a secret of any form stands well as \${{ toJson(secrets.NAME) }}, and one that is not set leaves nothing behind the name.`,
  };
}

function keepsQuotes(input: string, name: string): Diagnostic {
  return {
    code: "action/quoted-value",
    severity: "warning",
    summary: `The quotes around the value of "${name}" in the input "${input}" are part of it`,
    detail: "A value is the rest of its line as it is, so that no secret has to be quoted.",
    hint: `Leave the quotes out. If they belong to the value, give it in a map in JSON, such as {"${name}": \${{ toJson(secrets.NAME) }}}.`,
  };
}
