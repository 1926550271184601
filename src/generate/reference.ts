// The reference in docs/reference: a page for every component, one for commands, the action and diagnostics.
import { actionOutputs } from "../action/input/action-options.ts";
import { EXIT_CODES, EXIT_SUMMARY, listExitCodeFlags } from "../cli/exit-codes.ts";
import { spellFlag } from "../cli/flags.ts";
import type { Command, CommandSchema } from "../command/command.ts";
import type { Builder } from "../sdk/builder.ts";
import type { LoadedCatalog, LoadedRegistry } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import { connectionOptions } from "../sdk/connection-options.ts";
import type { DataSource } from "../sdk/datasource.ts";
import type { OptionSchema, OptionType } from "../sdk/option.ts";
import { type ActionInput, describeForm } from "./action-inputs.ts";
import { writeExampleSections } from "./diagnostics-page.ts";
import { writeFunctionSections } from "./functions-page.ts";
import { writeDescription, writeTable, writeType } from "./option-text.ts";

const NOTE = "<!-- Made by `npm run generate` from the options themselves. -->";

const KINDS = [
  { folder: "builder", title: "Builders", of: (catalog: LoadedCatalog): LoadedRegistry<Component> => catalog.builders },
  {
    folder: "provisioner",
    title: "Provisioners",
    of: (catalog: LoadedCatalog): LoadedRegistry<Component> => catalog.provisioners,
  },
  {
    folder: "post-processor",
    title: "Post-processors",
    of: (catalog: LoadedCatalog): LoadedRegistry<Component> => catalog.postProcessors,
  },
  {
    folder: "datasource",
    title: "Data sources",
    of: (catalog: LoadedCatalog): LoadedRegistry<Component> => catalog.dataSources,
  },
  {
    folder: "communicator",
    title: "Communicators",
    of: (catalog: LoadedCatalog): LoadedRegistry<Component> => catalog.communicators,
  },
] as const;

export interface ReferenceFacts {
  readonly catalog: LoadedCatalog;
  readonly commands: readonly Command[];
  readonly inputs: readonly ActionInput[];
  readonly codes: Readonly<Record<string, string>>;
}

/** Pages by their path below docs/reference. */
export function writeReferencePages(facts: ReferenceFacts): ReadonlyMap<string, string> {
  const pages = new Map<string, string>([
    ["README.md", writeIndex(facts.catalog)],
    ["commands.md", writeCommandsPage(facts.commands)],
    ["action.md", writeActionPage(facts.inputs)],
    ["functions.md", writePage("Functions", ...writeFunctionSections())],
    ["diagnostics.md", writeDiagnosticsPage(facts.codes)],
  ]);
  for (const { folder, of } of KINDS) {
    for (const component of sortComponents(of(facts.catalog))) {
      pages.set(`${folder}/${component.type}.md`, writeComponentPage(component));
    }
  }
  return pages;
}

/** The list of components for the README: a table of kinds. */
export function writeComponentOverview(catalog: LoadedCatalog): string {
  const rows = KINDS.map(({ folder, title, of }) => [
    title,
    sortComponents(of(catalog))
      .map(({ type }) => `[${type}](docs/reference/${folder}/${type}.md)`)
      .join(", "),
  ]);
  return writeTable(["Kind", "Types"], rows);
}

/** The inputs as a table. */
export function writeInputTable(inputs: readonly ActionInput[]): string {
  const rows = inputs.map(({ name, option, commands }) => [
    `\`${name}\``,
    `${writeDescription(option)} ${describeForm(option)}`.trim(),
    commands.length === 0 ? "all" : commands.map((command) => `\`${command}\``).join(", "),
  ]);
  return writeTable(["Input", "What it does", "Commands"], rows);
}

function sortComponents(registry: LoadedRegistry<Component>): Component[] {
  return registry.types().flatMap((type) => registry.get(type) ?? []);
}

function writePage(title: string, ...parts: readonly string[]): string {
  return `${[NOTE, `# ${title}`, ...parts].filter((part) => part !== "").join("\n\n")}\n`;
}

function writeIndex(catalog: LoadedCatalog): string {
  const lists = KINDS.map(({ folder, title, of }) => {
    const items = sortComponents(of(catalog)).map(
      ({ type, summary }) => `- [${type}](${folder}/${type}.md): ${summary}`,
    );
    return `## ${title}\n\n${items.join("\n")}`;
  });
  const others = [
    "- [Commands and flags](commands.md)",
    "- [Inputs and outputs of the action](action.md)",
    "- [Functions of templates](functions.md)",
    "- [Diagnostics](diagnostics.md)",
  ].join("\n");
  return writePage("Reference", others, ...lists);
}

function writeComponentPage(component: Component): string {
  const parts = [component.summary, writeOptionSection(component.options)];
  if (component.kind === "builder") {
    parts.push(describeCommunicators(component as Builder));
  }
  if (component.kind === "datasource") {
    parts.push(describeOutputs(component as DataSource));
  }
  const { examples } = component as { examples?: unknown };
  if (typeof examples === "string") {
    parts.push(`## Example\n\n${examples}`);
  }
  return writePage(`${component.kind} \`${component.type}\``, ...parts);
}

function describeCommunicators({ communicators }: Builder): string {
  const links = communicators.map((type) => `[${type}](../communicator/${type}.md)`).join(", ");
  return `## Connection\n\nIts options stand beside those of the communicator: ${links}; the first is the default.\n\n${writeOptionTable(connectionOptions)}`;
}

function describeOutputs({ outputs }: DataSource): string {
  const rows = Object.entries(outputs).map(([name, type]) => [`\`${name}\``, writeType(type)]);
  return rows.length === 0 ? "" : `## What it offers\n\n${writeTable(["Attribute", "Type"], rows)}`;
}

function writeOptionSection(options: OptionSchema): string {
  return Object.keys(options).length === 0
    ? "It has no options of its own."
    : `## Options\n\n${writeOptionTable(options)}${describeNested(options)}`;
}

/** Required ones first, then by name. */
function writeOptionTable(options: OptionSchema): string {
  const rows = Object.entries(options)
    .sort(([a, one], [b, other]) => Number(other.required) - Number(one.required) || (a < b ? -1 : 1))
    .map(([name, option]) => [
      `\`${name}\`${option.required ? " (required)" : ""}`,
      writeType(option.type),
      writeDescription(option),
    ]);
  return writeTable(["Option", "Type", "What it does"], rows);
}

function describeNested(options: OptionSchema): string {
  return Object.entries(options)
    .flatMap(([name, { type }]) =>
      listFields(type).map((fields) => `\n\n### \`${name}\`\n\n${writeOptionTable(fields)}${describeNested(fields)}`),
    )
    .join("");
}

/** The fields of a block or an object, also of those in a list. */
function listFields(type: OptionType): readonly OptionSchema[] {
  if ("of" in type) {
    return listFields(type.of);
  }
  return "options" in type ? [type.options] : [];
}

function writeCommandsPage(commands: readonly Command[]): string {
  const sections = commands.map((command) => {
    const { name, description, argument, options } = command;
    const every: CommandSchema = { ...options, ...listExitCodeFlags(command) };
    const flags = Object.entries(every).filter(([, option]) => option.flag !== false);
    const rows = flags
      .map(([option, facts]) => [`\`-${spellFlag(option)}\``, writeType(facts.type), writeDescription(facts)])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    const usage = `\`packer-ts ${name} [options]${argument === undefined ? "" : ` ${argument}`}\``;
    const table = rows.length === 0 ? "" : `\n\n${writeTable(["Flag", "Type", "What it does"], rows)}`;
    return `## ${name}\n\n${usage}\n\n${description}${table}`;
  });
  return writePage("Commands", ...sections, writeExitCodes());
}

function writeExitCodes(): string {
  const rows = Object.entries(EXIT_CODES).map(([name, { code, meaning }]) => [String(code), `\`${name}\``, meaning]);
  const note =
    "127 says that there is no such command. With `-detailed-exitcode` the code tells the class of the failure, instead of 1:";
  return `## Exit codes\n\n${EXIT_SUMMARY} ${note}\n\n${writeTable(["Code", "Class", "The run ended because of"], rows)}`;
}

function writeActionPage(inputs: readonly ActionInput[]): string {
  const outputs = Object.entries(actionOutputs).map(([name, sentence]) => [`\`${name}\``, sentence]);
  return writePage(
    "The action",
    `## Inputs\n\n${writeInputTable(inputs)}`,
    `## Outputs\n\n${writeTable(["Output", "What it says"], outputs)}`,
  );
}

function writeDiagnosticsPage(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, sentence]) => [`\`${code}\``, sentence]);
  return writePage(
    "Diagnostics",
    "Every error and warning carries one of these codes.",
    writeTable(["Code", "What it means"], rows),
    ...writeExampleSections(),
  );
}
