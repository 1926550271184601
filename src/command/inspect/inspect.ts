// `inspect`: what a template holds. After https://developer.hashicorp.com/packer/docs/commands/inspect
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import type { Hcl2Inspection, LegacyInspection } from "../../template/inspection.ts";
import { listVariableLines } from "../../template/variable-lines.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { withoutAnswers } from "../plan/offline.ts";
import type { Section } from "../section.ts";
import { formatOptions, load, refuse, selectionOptions, variableOptions } from "../template-options.ts";

export const inspect = defineCommand({
  name: "inspect",
  summary: "Shows the components of a template",
  description:
    "Reads a template and shows the components it defines. Beyond the form of the template nothing is checked.",
  argument: "TEMPLATE",
  templateUse: "evaluate",
  options: { ...selectionOptions, ...variableOptions, ...formatOptions },
  async run(config, template, given) {
    const context = withoutAnswers(given);
    const loaded = await load(template, config, context, { allowUnsetVars: true });
    const refused = refuse(loaded, context);
    if (refused !== undefined) {
      return refused;
    }
    // As Packer: a value that a validation refuses is shown all the same.
    const wrong = (loaded.givenDiagnostics ?? []).filter(({ code }) => !CHECKS.has(code));
    if (hasErrors(wrong)) {
      context.face.diagnostics(wrong, loaded.files);
      return { exitCode: 1, diagnostics: wrong };
    }
    const inspection = await loaded.inspect();
    if (inspection.language === "json") {
      showLegacy(inspection, context);
    } else {
      showHcl2(inspection, context);
    }
    return { exitCode: 0, diagnostics: loaded.diagnostics, sections: listSections(template, inspection) };
  },
});

/** The same for the page of a run, where several templates may stand below one another. */
function listSections(template: string, inspection: LegacyInspection | Hcl2Inspection): readonly Section[] {
  const variables =
    inspection.language === "json"
      ? inspection.variables.map(({ name, value, sensitive }) => [template, name, sensitive ? "<sensitive>" : value])
      : inspection.variables.map(({ name, value = "<unknown>" }) => [template, name, value]);
  const builds =
    inspection.language === "json"
      ? inspection.builders.map(({ name }) => [template, name, inspection.provisioners.join(", ")])
      : inspection.builds.flatMap((build) =>
          build.sources.map((source) => [template, source, build.provisioners.join(", ")]),
        );
  const columns = [{ title: "Template", isCode: true }, { title: "Source", isCode: true }, { title: "Provisioners" }];
  const values = [{ title: "Template", isCode: true }, { title: "Variable", isCode: true }, { title: "Value" }];
  return [
    { is: "table", title: "What is built", columns, rows: builds },
    { is: "table", title: "Variables", columns: values, rows: variables },
  ];
}

const CHECKS = new Set(["variable/invalid", "variable/validation"]);

const NOTE = `
Note: If your build names contain user variables or template
functions such as 'timestamp', these are processed at build time,
and therefore only show in their raw form here.`;

function showLegacy(inspection: LegacyInspection, { face, secrets }: CommandContext): void {
  for (const variable of inspection.variables) {
    if (variable.sensitive) {
      secrets.register(variable.value);
    }
  }
  face.say("Packer Inspect: JSON mode");
  if (inspection.description !== "") {
    face.say("Description:\n");
    face.say(`${inspection.description}\n`);
  }
  showVariables(inspection, face);
  face.say("Builders:\n");
  const width = Math.max(0, ...inspection.builders.map(({ name }) => name.length));
  for (const { name, type } of inspection.builders) {
    face.machine("template-builder", name, type);
    face.say(`  ${name.padEnd(width)}${name === type ? "" : ` (${type})`}`.trimEnd());
  }
  if (inspection.builders.length === 0) {
    face.say("  <No builders>");
  }
  face.say("");
  face.say("Provisioners:\n");
  for (const type of inspection.provisioners) {
    face.machine("template-provisioner", type);
    face.say(`  ${type}`);
  }
  if (inspection.provisioners.length === 0) {
    face.say("  <No provisioners>");
  }
  face.say(NOTE);
}

function showVariables({ variables }: LegacyInspection, face: CommandContext["face"]): void {
  const required = variables.filter((variable) => variable.required);
  const optional = variables.filter((variable) => !variable.required);
  if (variables.length === 0) {
    face.say("Variables:\n\n  <No variables>\n");
  }
  if (required.length > 0) {
    face.say("Required variables:\n");
  }
  for (const { name } of required) {
    face.machine("template-variable", name, "", "1");
    face.say(`  ${name}`);
  }
  if (required.length > 0) {
    face.say("");
  }
  if (optional.length > 0) {
    face.say("Optional variables and their defaults:\n");
  }
  const width = Math.max(0, ...optional.map(({ name }) => name.length));
  for (const { name, value, sensitive } of optional) {
    const shown = sensitive ? "<sensitive>" : value;
    face.machine("template-variable", name, shown, "0");
    face.say(`  ${name.padEnd(width)} = ${shown}`);
  }
  if (optional.length > 0) {
    face.say("");
  }
}

function showHcl2(inspection: Hcl2Inspection, { face }: CommandContext): void {
  const lines = ["Packer Inspect: HCL2 mode", "", ...listVariableLines(inspection)];
  lines.push("", "> builds:", "");
  for (const [i, build] of inspection.builds.entries()) {
    lines.push(...showBuild(build, i));
  }
  face.say(lines.join("\n"));
}

function showBuild(build: Hcl2Inspection["builds"][number], index: number): string[] {
  const lines = [`  > ${build.name === "" ? `<unnamed build ${index}>` : build.name}:`, ""];
  if (build.description !== "") {
    lines.push(`  > Description: ${build.description}`, "");
  }
  const list = (title: string, items: readonly string[], none: string): void => {
    lines.push(
      `    ${title}:`,
      "",
      ...(items.length === 0 ? [`      ${none}`] : items.map((item) => (item === "" ? "" : `      ${item}`))),
      "",
    );
  };
  list(
    "sources",
    build.sources.flatMap((source, i) => (i === 0 ? [source] : ["", source])),
    "<no source>",
  );
  list("provisioners", build.provisioners, "<no provisioner>");
  list(
    "post-processors",
    build.postProcessors.flatMap((sequence, i) => [
      ...(i === 0 ? [] : [""]),
      `${i}:`,
      ...sequence.map((step) => `  ${step}`),
    ]),
    "<no post-processor>",
  );
  return lines;
}
