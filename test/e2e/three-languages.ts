// One template as data, written in each of the languages that templates come in: what is true of one has to be true of all.
import { stringify } from "yaml";
import type { FakeRunner } from "./action-runner.ts";

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value | undefined };
/** A component with its options. */
export type Part = { readonly type: string } & { readonly [name: string]: Value | undefined };

/** A template in Packer's JSON. `{{user …}}` and `{{build …}}` alone become references in HCL2; other functions stay as they are. */
export interface Template {
  readonly variables?: Readonly<Record<string, string | null>> | undefined;
  readonly "sensitive-variables"?: readonly string[] | undefined;
  readonly builders: readonly Part[];
  readonly provisioners?: readonly Part[] | undefined;
  readonly "error-cleanup-provisioner"?: Part | undefined;
  readonly "post-processors"?: readonly (Part | readonly Part[])[] | undefined;
}

export interface Language {
  readonly name: "JSON" | "YAML" | "HCL2";
  /** The name of a template's file. */
  file(stem: string): string;
  print(template: Template): string;
  /** What a builder's build is called. */
  build(name: string, type?: string): string;
  /** The name of an option as it is written. */
  option(name: string): string;
  /** The type of a component as it is written. */
  type(name: string): string;
}

export const LANGUAGES: readonly Language[] = [
  {
    name: "JSON",
    file: (stem) => `${stem}.json`,
    print: (template) => `${JSON.stringify(template, undefined, 2)}\n`,
    build: (name) => name,
    option: (name) => JSON.stringify(name),
    type: (name) => JSON.stringify(name),
  },
  {
    name: "YAML",
    file: (stem) => `${stem}.yaml`,
    print: (template) => stringify(template, { lineWidth: 0 }),
    build: (name) => name,
    option: (name) => name,
    type: (name) => name,
  },
  {
    name: "HCL2",
    file: (stem) => `${stem}.pkr.hcl`,
    print: printHcl,
    build: (name, type = "file") => `${type}.${name}`,
    option: (name) => name,
    type: (name) => JSON.stringify(name),
  },
];

/** Writes a template into the workspace; gives the name of its file. */
export function writeTemplate(runner: FakeRunner, language: Language, template: Template, stem = "t"): string {
  const file = language.file(stem);
  runner.file(file, language.print(template));
  return file;
}

/** The line on which a text stands, with the columns of it. It must be there once. */
export function placeOf(
  text: string,
  piece: string,
): { readonly line: number; readonly column: number; readonly endColumn: number } {
  const at = text.indexOf(piece);
  if (at < 0 || text.includes(piece, at + 1)) {
    throw new Error(`${JSON.stringify(piece)} is not there once in:\n${text}`);
  }
  const before = text.slice(0, at).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return { line: before.length, column, endColumn: column + piece.length - 1 };
}

/** Options of components that HCL2 writes as blocks. */
const BLOCKS: ReadonlySet<string> = new Set(["build", "disk", "qemu_img_args"]);

function printHcl(template: Template): string {
  const { variables = {}, "sensitive-variables": sensitive = [], builders, provisioners = [] } = template;
  const labels = new Map(
    builders.map(({ type, name }, i) => [
      nameOf(type, name),
      isIdentifier(name ?? type) ? (name ?? type) : `source_${i}`,
    ]),
  );
  const full = new Map(builders.map(({ type, name }) => [nameOf(type, name), `${type}.${nameOf(type, name)}`]));
  const cleanup = template["error-cleanup-provisioner"];
  const blocks = [
    ...Object.entries(variables).map(([name, value]) =>
      block(`variable "${name}"`, [
        attribute("type", raw("string")),
        ...(value === null ? [] : [attribute("default", value)]),
        ...(sensitive.includes(name) ? [attribute("sensitive", true)] : []),
      ]),
    ),
    ...builders.map((builder) => {
      const { type, name, ...options } = builder;
      return block(`source "${type}" "${labels.get(nameOf(type, name))}"`, optionLines(options));
    }),
    block("build", [
      ...builders.flatMap(({ type, name }) => {
        const source = `source "source.${type}.${labels.get(nameOf(type, name))}"`;
        const shown =
          labels.get(nameOf(type, name)) === nameOf(type, name) ? [] : [attribute("name", nameOf(type, name))];
        return block(source, shown);
      }),
      ...provisioners.flatMap((part) => partBlock("provisioner", part, full)),
      ...(cleanup === undefined ? [] : partBlock("error-cleanup-provisioner", cleanup, full)),
      ...(template["post-processors"] ?? []).flatMap((entry) =>
        Array.isArray(entry)
          ? block(
              "post-processors",
              (entry as readonly Part[]).flatMap((part) => partBlock("post-processor", part, full)),
            )
          : partBlock("post-processor", entry as Part, full),
      ),
    ]),
  ];
  return `${blocks.flat().join("\n")}\n`;
}

function nameOf(type: string, name: Value | undefined): string {
  return typeof name === "string" ? name : type;
}

function isIdentifier(text: Value): boolean {
  return typeof text === "string" && /^[A-Za-z_][\w-]*$/.test(text);
}

function partBlock(kind: string, { type, ...options }: Part, full: ReadonlyMap<string, string>): string[] {
  const named = Object.entries(options).map(([name, value]) =>
    (name === "only" || name === "except") && Array.isArray(value)
      ? [name, value.map((build) => full.get(String(build)) ?? build)]
      : [name, value],
  );
  return block(`${kind} "${type}"`, optionLines(Object.fromEntries(named) as Readonly<Record<string, Value>>));
}

function optionLines(options: Readonly<Record<string, Value | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) {
      return [];
    }
    if (!BLOCKS.has(name)) {
      return [attribute(name, value)];
    }
    const bodies = (Array.isArray(value) ? value : [value]) as readonly Readonly<Record<string, Value>>[];
    return bodies.flatMap((body) => block(name, optionLines(body)));
  });
}

function block(heading: string, lines: readonly string[]): string[] {
  return [`${heading} {`, ...lines.map((line) => `  ${line}`), "}"];
}

function attribute(name: string, value: Value | Raw): string {
  return `${name} = ${expression(value)}`;
}

/** Text that is an expression already. */
interface Raw {
  readonly raw: string;
}

function raw(text: string): Raw {
  return { raw: text };
}

function expression(value: Value | Raw): string {
  if (typeof value === "string") {
    return quoted(value);
  }
  if (typeof value !== "object" || value === null) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((each: Value) => expression(each)).join(", ")}]`;
  }
  if ("raw" in value && typeof value.raw === "string") {
    return value.raw;
  }
  const entries = Object.entries(value as Readonly<Record<string, Value>>);
  return `{ ${entries.map(([name, each]) => `${quoted(name)} = ${expression(each)}`).join(", ")} }`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "${": "$${",
  "%{": "%%{",
};

function quoted(text: string): string {
  const pieces = text.split(/(\{\{ ?(?:user|build) ?`\w+` ?\}\})/);
  const shown = pieces.map((piece, i) => {
    const [, kind, name] = /^\{\{ ?(user|build) ?`(\w+)`/.exec(piece) ?? [];
    if (i % 2 === 1) {
      return `\${${kind === "user" ? "var" : "build"}.${name}}`;
    }
    if (/\buser\b.*\}\}/.test(piece)) {
      throw new Error(`There is no HCL2 for ${piece}`);
    }
    return piece
      .replace(/[\\"\n\r\t]|[$%]\{/g, (found) => ESCAPES[found] ?? found)
      .replace(/[\u0000-\u001f\u007f\u200b]/g, asUnicode);
  });
  return `"${shown.join("")}"`;
}

function asUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
