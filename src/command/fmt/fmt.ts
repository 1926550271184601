// `fmt`: HCL2 files in canonical format. After https://developer.hashicorp.com/packer/docs/commands/fmt
import { readFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import { isDiagnostic, readTextFile } from "../../template/loading.ts";
import { type CommandContext, defineCommand, edge } from "../command.ts";
import type { FileDifference } from "../section.ts";
import { findFiles } from "./find-files.ts";
import { notFormatted } from "./not-formatted.ts";
import { writeUnifiedDiff } from "./unified-diff.ts";

export const fmt = defineCommand({
  name: "fmt",
  summary: "Rewrites HCL2 files in canonical format",
  description:
    "Formats files that end in .pkr.hcl or .pkrvars.hcl and prints the names of those that change. Only spaces within lines are touched. A folder stands for the files in it, and - for standard input, whose formatted text is printed.",
  argument: "TEMPLATE",
  severalArguments: true,
  takesFiles: /\.(pkr|pkrvars)\.hcl$/,
  templateUse: "read",
  options: {
    check: edge(
      option.bool({ default: false, description: "Write nothing; the exit status is 3 when a file would change." }),
      {
        input: false,
      },
    ),
    diff: edge(option.bool({ default: false, description: "Print what changes." }), {
      input: false,
      inputDefault: true,
    }),
    write: edge(option.bool({ default: true, description: "Write the files." }), { inputDefault: false }),
    recursive: edge(option.bool({ default: false, description: "Look into the folders inside folders too." }), {
      input: false,
      inputDefault: true,
    }),
  },
  async run(config, template, context) {
    const { face, host, moreArguments = [] } = context;
    const { paths, diagnostics } = await findFiles([template, ...moreArguments], config.recursive, host.cwd);
    const missing = paths.length === 0 && context.edge === "workflow" ? [nothingToFormat(template)] : [];
    const told = [...diagnostics, ...missing];
    face.diagnostics(told, new Map());
    if (hasErrors(told)) {
      return { exitCode: 1, diagnostics: told };
    }
    const mode = { write: config.write && !config.check, diff: config.diff };
    const found: Diagnostic[] = [];
    const files: FileDifference[] = [];
    for (const path of paths) {
      const result = await formatFile(path, mode, context);
      found.push(...result.diagnostics);
      if (result.changed !== undefined) {
        files.push(result.changed);
      }
    }
    const differs = config.check && files.length > 0 ? 3 : 0;
    const exitCode = hasErrors(found) ? 1 : differs;
    const title = mode.write ? "Files that were formatted" : "Files that are not in canonical format";
    return { exitCode, diagnostics: found, sections: [{ is: "differences", title, files }] };
  },
  combine(results, { write: isWritten }) {
    const sections = results.flatMap((result) => result.sections ?? []);
    return { sections, diagnostics: isWritten ? [] : sections.flatMap(notFormatted) };
  },
});

/** Nobody waits for a step that does nothing: most likely the repository was not checked out. */
function nothingToFormat(template: string): Diagnostic {
  return {
    code: "action/no-template",
    severity: "error",
    summary: "There is nothing to format",
    detail: `No file in ${template} ends in .pkr.hcl or .pkrvars.hcl.`,
    hint: "Is the repository checked out? Paths are relative to the input working-directory.",
  };
}

interface Mode {
  readonly write: boolean;
  readonly diff: boolean;
}

interface FileResult {
  readonly changed?: FileDifference | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Formats one file. Its mistakes are shown at once; the other files are formatted all the same. */
async function formatFile(path: string, mode: Mode, context: CommandContext): Promise<FileResult> {
  const { face } = context;
  const file = await readTextFile(path, context);
  const { format } = await import("../../hcl/format.ts");
  const { text, diagnostics } = isDiagnostic(file)
    ? { text: "", diagnostics: [file] }
    : format(file.text, file.filename);
  if (isDiagnostic(file) || hasErrors(diagnostics)) {
    face.diagnostics(diagnostics, isDiagnostic(file) ? new Map() : new Map([[file.filename, file]]));
    return { diagnostics };
  }
  // Whoever reads a template passes a byte order mark over; in canonical form there is none.
  const before = (await hasByteOrderMark(path, context)) ? `\ufeff${file.text}` : file.text;
  if (text !== before && path !== "-") {
    face.say(path);
  }
  if (mode.write) {
    await write(path, text, before, context);
  }
  if (text === before) {
    return { diagnostics };
  }
  const diff = writeUnifiedDiff(before, text, { old: `old/${file.filename}`, new: `new/${file.filename}` });
  if (mode.diff) {
    print(diff, face);
  }
  return { diagnostics, changed: { path, diff, line: findFirstDifference(before, text) } };
}

async function hasByteOrderMark(path: string, { host }: CommandContext): Promise<boolean> {
  const absolute = resolve(host.cwd, path);
  // What is no file gives its text only once.
  if (path === "-" || !(await stat(absolute)).isFile()) {
    return false;
  }
  const bytes = await readFile(absolute);
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

async function write(path: string, text: string, before: string, { face, host }: CommandContext): Promise<void> {
  if (path === "-") {
    return print(text, face);
  }
  if (text === before) {
    return;
  }
  try {
    await writeFile(resolve(host.cwd, path), text);
  } catch (thrown) {
    throw failure("template", "fmt/unwritable", `${path} could not be written`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
}

function print(text: string, face: CommandContext["face"]): void {
  if (face.raw !== undefined) {
    face.raw(text);
  } else {
    face.say(text.replace(/\n$/, ""));
  }
}

function findFirstDifference(before: string, after: string): number {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  return old.findIndex((line, i) => line !== fresh[i]) + 1;
}
