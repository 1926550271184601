// The reference of all diagnostics: what each code means, and an example with what is printed then.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** An example as the tests keep and run it. */
interface Example {
  readonly run: readonly string[];
  readonly files: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly prints?: readonly string[] | undefined;
}

interface Examples {
  readonly examples: Readonly<Record<string, Example>>;
  readonly elsewhere: Readonly<Record<string, string | { readonly file: string }>>;
}

/** Longer lines and texts are cut: they are long only to be too long. */
const WIDEST = 160;
const LONGEST = 40;
const LANGUAGES: Readonly<Record<string, string>> = { hcl: "hcl", json: "json", yaml: "yaml" };

/** The sections below the table, by code. */
export function writeExampleSections(): readonly string[] {
  const path = fileURLToPath(new URL("../../test/diagnostics/examples.json", import.meta.url));
  const { examples, elsewhere }: Examples = JSON.parse(readFileSync(path, "utf8"));
  const sections = Object.keys(examples)
    .sort()
    .map((code) => writeExample(code, examples[code] as Example));
  const tested = Object.entries(elsewhere)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, told]) => `- \`${code}\`: \`${typeof told === "string" ? told : told.file}\``);
  return [
    "## Examples\n\nEach of these is run by a test, which compares what is printed.",
    ...sections,
    `## Where machines and services are needed\n\nThese codes have tests of their own:\n\n${tested.join("\n")}`,
  ];
}

function writeExample(code: string, { run, files, env = {}, prints = [] }: Example): string {
  const given = Object.entries(files).map(([name, lines]) => writeBlock(name, lines));
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  const command = `${variables.join("")}packer-ts ${run.join(" ")}`;
  return [`### ${code}`, ...given, `\`${command}\` prints:`, fence("text", prints)].join("\n\n");
}

function writeBlock(name: string, lines: readonly string[]): string {
  const language = LANGUAGES[name.split(".").at(-1) ?? ""] ?? "text";
  const isEmpty = lines.length === 1 && lines[0] === "";
  return isEmpty ? `\`${name}\` is empty.` : `\`${name}\`:\n\n${fence(language, lines)}`;
}

function fence(language: string, lines: readonly string[]): string {
  const cut = lines.map((line) => (line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line));
  const shown = cut.length > LONGEST ? [...cut.slice(0, LONGEST), "…"] : cut;
  const marks = shown.some((line) => line.includes("```")) ? "````" : "```";
  return `${marks}${language}\n${shown.join("\n")}\n${marks}`;
}
