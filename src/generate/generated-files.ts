// Every file that is made from the options, as text.
import { offeredCommands } from "../action/input/action-options.ts";
import { createCatalog } from "../catalog.ts";
import type { Command } from "../command/command.ts";
import * as registry from "../command/registry.ts";
import { diagnosticCodes } from "../diagnostic/codes.ts";
import { listActionInputs } from "./action-inputs.ts";
import { writeActionYaml } from "./action-yaml.ts";
import { writeComponentOverview, writeInputTable, writeReferencePages } from "./reference.ts";
import { makeTemplateSchema } from "./template-schema.ts";

/** Paths below the project's folder and what stands in them; `readme` is the README as it is. */
export function generateFiles(readme: string | undefined): ReadonlyMap<string, string> {
  const catalog = createCatalog();
  const commands = Object.values(registry) as readonly Command[];
  const inputs = listActionInputs(offeredCommands);
  const files = new Map([
    ["action.yml", writeActionYaml(inputs)],
    ["dist/template.schema.json", `${JSON.stringify(makeTemplateSchema(catalog), undefined, 1)}\n`],
  ]);
  for (const [path, text] of writeReferencePages({ catalog, commands, inputs, codes: diagnosticCodes })) {
    files.set(`docs/reference/${path}`, text);
  }
  if (readme !== undefined) {
    const tables = { inputs: writeInputTable(inputs), components: writeComponentOverview(catalog) };
    files.set(
      "README.md",
      Object.entries(tables).reduce((text, [name, table]) => fill(text, name, table), readme),
    );
  }
  return files;
}

/** Puts a table between its marks; a text without them stays as it is. */
function fill(text: string, name: string, table: string): string {
  const marks = new RegExp(`(<!-- generated:${name} -->)[\\s\\S]*?(<!-- /generated:${name} -->)`);
  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`);
}
