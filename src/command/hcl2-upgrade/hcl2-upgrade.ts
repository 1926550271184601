// `hcl2_upgrade`: a JSON template as an HCL2 configuration. After https://developer.hashicorp.com/packer/docs/commands/hcl2_upgrade
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { SourceFiles } from "../../diagnostic/render.ts";
import { option } from "../../sdk/option.ts";
import { isDiagnostic, readTextFile } from "../../template/loading.ts";
import { type CommandContext, type CommandResult, defineCommand, edge } from "../command.ts";

export const hcl2Upgrade = defineCommand({
  name: "hcl2_upgrade",
  summary: "Turns a JSON template into an HCL2 configuration",
  description:
    "Writes the HCL2 form of a JSON template next to it, as TEMPLATE.pkr.hcl. Both build the same. What HCL2 cannot say is kept as it was, with a comment above it.",
  argument: "TEMPLATE",
  templateUse: "read",
  isTerminalOnly: true,
  options: {
    output_file: edge(option.string({ description: "File to write instead of TEMPLATE.pkr.hcl." }), {
      placeholder: "path",
      input: false,
    }),
    with_annotations: edge(option.bool({ default: false, description: "Explain the parts of the file in comments." }), {
      input: false,
    }),
  },
  async run(config, template, context) {
    if (/\.pkr\.(hcl|json)$/.test(template)) {
      return refuse(
        [{ code: "upgrade/not-json", severity: "error", summary: `${template} is an HCL2 file already` }],
        new Map(),
        context,
      );
    }
    const file = await readTextFile(template, context);
    if (isDiagnostic(file)) {
      return refuse([file], new Map(), context);
    }
    const files: SourceFiles = new Map([[file.filename, file]]);
    const [{ readByName }, { readTemplate }, { upgradeTemplate }] = await Promise.all([
      import("../../template/legacy-json/var-files.ts"),
      import("../../template/legacy-json/read-template.ts"),
      import("./upgrade-template.ts"),
    ]);
    const { value, diagnostics } = await readByName(template, file);
    if (value === undefined || hasErrors(diagnostics)) {
      return refuse(diagnostics, files, context);
    }
    const read = readTemplate(file, value);
    if (hasErrors(read.diagnostics)) {
      return refuse(read.diagnostics, files, context);
    }
    const upgraded = await upgradeTemplate(read.template, await context.catalog([]), config.with_annotations);
    if (hasErrors(upgraded.diagnostics)) {
      return refuse(upgraded.diagnostics, files, context);
    }
    const target = config.output_file ?? `${template}.pkr.hcl`;
    try {
      await writeFile(resolve(context.host.cwd, target), upgraded.text);
    } catch (thrown) {
      const unwritable: Diagnostic = {
        code: "upgrade/unwritable",
        severity: "error",
        summary: `${target} could not be written`,
        detail: readMessage(thrown),
      };
      return refuse([unwritable], files, context);
    }
    context.face.say(`Successfully created ${target}. Exit 0`);
    return { exitCode: 0, diagnostics: [] };
  },
});

function refuse(diagnostics: readonly Diagnostic[], files: SourceFiles, { face }: CommandContext): CommandResult {
  face.diagnostics(diagnostics, files);
  return { exitCode: 1, diagnostics };
}
