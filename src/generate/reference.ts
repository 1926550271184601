// The reference in docs/reference: a page for every component, one for commands, the action and diagnostics.
import { actionOutputs } from "../action/input/action-options.ts";
import { EXIT_CODES, EXIT_SUMMARY, exitCodeOptions } from "../cli/exit-codes.ts";
import { spellFlag } from "../cli/flags.ts";
import type { Command, CommandSchema } from "../command/command.ts";
import type { Builder } from "../sdk/builder.ts";
import type { LoadedCatalog, LoadedRegistry } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import { connectionOptions } from "../sdk/connection-options.ts";
import type { DataSource } from "../sdk/datasource.ts";
import type { OptionSchema, OptionType } from "../sdk/option.ts";
import { type ActionInput, describeForm } from "./action-inputs.ts";
import { functionSections } from "./functions-page.ts";
import { fullDescription, markdownTable, typeText } from "./option-text.ts";

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
export function referencePages(facts: ReferenceFacts): ReadonlyMap<string, string> {
  const pages = new Map<string, string>([
    ["README.md", writeIndex(facts.catalog)],
    ["commands.md", commandsPage(facts.commands)],
    ["action.md", actionPage(facts.inputs)],
    ["functions.md", writePage("Functions", ...functionSections())],
    ["diagnostics.md", diagnosticsPage(facts.codes)],
  ]);
  for (const { folder, of } of KINDS) {
    for (const component of sortComponents(of(facts.catalog))) {
      pages.set(`${folder}/${component.type}.md`, componentPage(component));
    }
  }
  return pages;
}

/** The list of components for the README: a table of kinds. */
export function componentOverview(catalog: LoadedCatalog): string {
  const rows = KINDS.map(({ folder, title, of }) => [
    title,
    sortComponents(of(catalog))
      .map(({ type }) => `[${type}](docs/reference/${folder}/${type}.md)`)
      .join(", "),
  ]);
  return markdownTable(["Kind", "Types"], rows);
}

/** The inputs as a table. */
export function inputTable(inputs: readonly ActionInput[]): string {
  const rows = inputs.map(({ name, option, commands }) => [
    `\`${name}\``,
    `${fullDescription(option)} ${describeForm(option)}`.trim(),
    commands.length === 0 ? "all" : commands.map((command) => `\`${command}\``).join(", "),
  ]);
  return markdownTable(["Input", "What it does", "Commands"], rows);
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

function componentPage(component: Component): string {
  const parts = [component.summary, optionSection(component.options)];
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
  return `## Connection\n\nIts options stand beside those of the communicator: ${links}; the first is the default.\n\n${optionTable(connectionOptions)}`;
}

function describeOutputs({ outputs }: DataSource): string {
  const rows = Object.entries(outputs).map(([name, type]) => [`\`${name}\``, typeText(type)]);
  return rows.length === 0 ? "" : `## What it offers\n\n${markdownTable(["Attribute", "Type"], rows)}`;
}

function optionSection(options: OptionSchema): string {
  return Object.keys(options).length === 0
    ? "It has no options of its own."
    : `## Options\n\n${optionTable(options)}${describeNested(options)}`;
}

/** Required ones first, then by name. */
function optionTable(options: OptionSchema): string {
  const rows = Object.entries(options)
    .sort(([a, one], [b, other]) => Number(other.required) - Number(one.required) || (a < b ? -1 : 1))
    .map(([name, option]) => [
      `\`${name}\`${option.required ? " (required)" : ""}`,
      typeText(option.type),
      fullDescription(option),
    ]);
  return markdownTable(["Option", "Type", "What it does"], rows);
}

function describeNested(options: OptionSchema): string {
  return Object.entries(options)
    .flatMap(([name, { type }]) =>
      fieldsOf(type).map((fields) => `\n\n### \`${name}\`\n\n${optionTable(fields)}${describeNested(fields)}`),
    )
    .join("");
}

/** The fields of a block or an object, also of those in a list. */
function fieldsOf(type: OptionType): readonly OptionSchema[] {
  if ("of" in type) {
    return fieldsOf(type.of);
  }
  return "options" in type ? [type.options] : [];
}

function commandsPage(commands: readonly Command[]): string {
  const sections = commands.map(({ name, description, argument, options }) => {
    const every: CommandSchema = { ...options, ...exitCodeOptions(name) };
    const flags = Object.entries(every).filter(([, option]) => option.flag !== false);
    const rows = flags
      .map(([option, facts]) => [`\`-${spellFlag(option)}\``, typeText(facts.type), fullDescription(facts)])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    const usage = `\`packer-ts ${name} [options]${argument === undefined ? "" : ` ${argument}`}\``;
    const table = rows.length === 0 ? "" : `\n\n${markdownTable(["Flag", "Type", "What it does"], rows)}`;
    return `## ${name}\n\n${usage}\n\n${description}${table}`;
  });
  return writePage("Commands", ...sections, exitCodeSection());
}

function exitCodeSection(): string {
  const rows = Object.entries(EXIT_CODES).map(([name, { code, meaning }]) => [String(code), `\`${name}\``, meaning]);
  const note =
    "127 says that there is no such command. With `-detailed-exitcode` the code tells the class of the failure, instead of 1:";
  return `## Exit codes\n\n${EXIT_SUMMARY} ${note}\n\n${markdownTable(["Code", "Class", "The run ended because of"], rows)}`;
}

function actionPage(inputs: readonly ActionInput[]): string {
  const outputs = Object.entries(actionOutputs).map(([name, sentence]) => [`\`${name}\``, sentence]);
  return writePage(
    "The action",
    `## Inputs\n\n${inputTable(inputs)}`,
    `## Outputs\n\n${markdownTable(["Output", "What it says"], outputs)}`,
  );
}

function diagnosticsPage(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, sentence]) => [`\`${code}\``, sentence]);
  return writePage(
    "Diagnostics",
    "Every error and warning carries one of these codes.",
    markdownTable(["Code", "What it means"], rows),
  );
}
