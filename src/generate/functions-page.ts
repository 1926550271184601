// The functions that templates can call, as a page of the reference: those of HCL2 by family, and those between `{{ }}`.
import { builtins } from "../gotemplate/builtins.ts";
import { type EngineFunction, engineFunctions } from "../template/engine/functions.ts";
import { type FunctionInWords, functionDescriptions } from "../template/functions/registry.ts";
import { writeCode, writeTable } from "./option-text.ts";

const FAMILIES: Readonly<Record<string, string>> = {
  numeric: "Numbers",
  string: "Texts",
  collection: "Lists, sets and maps",
  encoding: "Encodings",
  file: "Files and paths",
  datetime: "Dates and times",
  conversion: "Types and mistakes",
  crypto: "Hashes and keys",
  ipnet: "Networks",
  contextual: "From outside",
};

/** The sections of the page. */
export function writeFunctionSections(): readonly string[] {
  const all = functionDescriptions();
  const families = [...new Set(all.map(({ family }) => family))];
  const known = Object.keys(FAMILIES);
  families.sort((a, b) => known.indexOf(a) - known.indexOf(b));
  return [
    "Functions of expressions in HCL2 come first, then those between `{{ }}`, which JSON templates have everywhere and HCL2 has in options.",
    ...families.map((family) => writeFamily(family, all)),
    `## Between \`{{ }}\`\n\n${writeEngineTable()}`,
    `## Of the \`{{ }}\` language itself\n\n${writeBuiltinTable()}`,
  ];
}

function writeFamily(family: string, all: readonly FunctionInWords[]): string {
  const rows = all.filter((one) => one.family === family).map((one) => [writeCode(one.signature), joinWords(one)]);
  return `## ${FAMILIES[family] ?? family}\n\n${writeTable(["Function", "Its result"], rows)}`;
}

function joinWords({ description, parameters }: FunctionInWords): string {
  const more = parameters.flatMap(({ name, description: about }) =>
    about === undefined ? [] : [`\`${name}\`: ${about}`],
  );
  return [description, ...more].join(" ");
}

function writeEngineTable(): string {
  return writeTable(
    ["Function", "Its result"],
    engineFunctions.map((one) => [writeCode(`{{ ${writeEngineSignature(one)} }}`), one.description]),
  );
}

/** Arguments stand behind the name, without brackets or commas; those in brackets may be left out. */
function writeEngineSignature({ name, parameters, optional = 0 }: EngineFunction): string {
  const written = parameters.map((kind, i) => (i < parameters.length - optional ? kind : `[${kind}]`));
  return [name, ...written].join(" ");
}

function writeBuiltinTable(): string {
  const rows = [...builtins.values()].map(({ name, description }) => [`\`${name}\``, description]);
  return writeTable(
    ["Function", "Its result"],
    rows.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}
