// `fix`: a JSON template as Packer writes it today. After https://developer.hashicorp.com/packer/docs/commands/fix
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import { isDiagnostic, type LoadedTemplate, readTextFile } from "../../template/loading.ts";
import { type CommandContext, type CommandResult, defineCommand, edge } from "../command.ts";
import { writeUnifiedDiff } from "../fmt/unified-diff.ts";
import { load } from "../template-options.ts";
import { type Fixed, fixTemplate, NotFixable } from "./fix-template.ts";
import { type Fields, FixError, isFields } from "./fixer.ts";
import { writeSortedJson } from "./write-json.ts";

export const fix = defineCommand({
  name: "fix",
  summary: "Fixes templates from old versions of Packer",
  description:
    "Reads a JSON template, brings options that have changed since it was written up to date, and prints the result. The file stays as it is. With -diff only what changes is printed, and why.",
  argument: "TEMPLATE",
  templateUse: "read",
  takesFiles: /\.json$/,
  options: {
    validate: edge(
      option.bool({ default: true, description: "Check the result, and fail when it is no valid template." }),
      {
        input: false,
      },
    ),
    diff: edge(option.bool({ default: false, description: "Print what changes and why, instead of the result." }), {
      input: false,
      inputDefault: true,
    }),
  },
  async run(config, template, context) {
    if (/\.hcl$/.test(template)) {
      context.face.error("packer fix only works with JSON files for now.");
      return { exitCode: 1, diagnostics: [] };
    }
    const file = await readTextFile(template, context);
    if (isDiagnostic(file)) {
      return refuse([file], context);
    }
    const given = parse(file.text);
    if (given === undefined) {
      return refuseSyntax(template, context);
    }
    let fixed: Fixed;
    try {
      fixed = fixTemplate(given);
    } catch (thrown) {
      if (!(thrown instanceof FixError || thrown instanceof NotFixable)) {
        throw thrown;
      }
      const summary = `${file.filename} cannot be fixed: ${thrown.message}`;
      return refuse([{ code: "fix/not-fixable", severity: "error", summary }], context);
    }
    const text = `${writeSortedJson(fixed.template)}\n`;
    if (!config.diff) {
      context.face.say(text);
      return config.validate ? await validate(text, context) : { exitCode: 0, outcome: "done", diagnostics: [] };
    }
    return showDifference(file.filename, given, fixed, context);
  },
});

/** An object, or nothing when the text is none. */
function parse(text: string): Fields | undefined {
  try {
    const read: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return isFields(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Reading it as a template says where the mistake is. */
async function refuseSyntax(template: string, context: CommandContext): Promise<CommandResult> {
  const loaded = await load(template, plain, context, { allowUnsetVars: true });
  if (hasErrors(loaded.diagnostics)) {
    context.face.diagnostics(loaded.diagnostics, loaded.files);
    return { exitCode: 1, diagnostics: loaded.diagnostics };
  }
  const summary = `${template} is not written in JSON`;
  return refuse(
    [{ code: "fix/not-fixable", severity: "error", summary, detail: "Only JSON templates need fixing." }],
    context,
  );
}

const plain = { var: {}, var_file: [], config_type: undefined } as const;

/** Checks the form: what components there are, and what they take, is not looked at. */
async function validate(text: string, context: CommandContext): Promise<CommandResult> {
  const readStdin = async () => new TextEncoder().encode(text);
  const loaded = await load("-", plain, { ...context, readStdin }, { allowUnsetVars: true });
  const found = hasErrors(loaded.diagnostics) ? loaded.diagnostics : await checkForm(loaded, context);
  if (!hasErrors(found)) {
    return { exitCode: 0, outcome: "done", diagnostics: [] };
  }
  context.face.error("Error! Fixed template failed to validate:");
  context.face.diagnostics(found, loaded.files);
  return { exitCode: 1, diagnostics: found };
}

async function checkForm(loaded: LoadedTemplate, { signal }: CommandContext): Promise<readonly Diagnostic[]> {
  const settings = { force: false, debug: false, onError: "cleanup" } as const;
  const plan = await loaded.plan({ only: [], except: [], settings, signal, formOnly: true, listOnly: true });
  return plan.diagnostics.filter(({ code }) => code.startsWith("template/"));
}

/** Both in one order and with the same spaces, so that nothing is shown but what changes. */
function showDifference(
  path: string,
  given: Fields,
  { template, changes }: Fixed,
  { face }: CommandContext,
): CommandResult {
  // That a template without builders gets an empty list of them is no change worth a line.
  const after = Object.hasOwn(given, "builders") ? template : withoutBuilders(template);
  const names = { old: `old/${path}`, new: `new/${path}` };
  const diff = writeUnifiedDiff(`${writeSortedJson(given)}\n`, `${writeSortedJson(after)}\n`, names);
  for (const { name, summary } of changes) {
    face.say(`# ${name}: ${summary}`);
  }
  if (diff !== "") {
    face.say(diff.trimEnd());
  }
  const files = diff === "" ? [] : [{ path, diff, line: 1 }];
  return {
    exitCode: 0,
    outcome: "done",
    diagnostics: [],
    sections: [
      {
        is: "table",
        title: "What is fixed",
        columns: [{ title: "Fix", isCode: true }, { title: "What it does" }],
        rows: changes.map(({ name, summary }) => [name, summary]),
      },
      { is: "differences", title: "Templates that are fixed", files },
    ],
  };
}

function withoutBuilders({ builders: _, ...others }: Fields): Fields {
  return others;
}

function refuse(diagnostics: readonly Diagnostic[], { face }: CommandContext): CommandResult {
  face.diagnostics(diagnostics, new Map());
  return { exitCode: 1, diagnostics };
}
