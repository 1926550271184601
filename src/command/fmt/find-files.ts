// The files that `fmt` looks at: those named, and those of the folders named.
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";

const SUFFIX = /\.(pkr|pkrvars)\.hcl$/;

export interface FoundFiles {
  /** As they are shown: relative paths stay relative. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds files in the order of the arguments and of their names; `-` stands for itself. */
export async function findFiles(targets: readonly string[], recursive: boolean, cwd: string): Promise<FoundFiles> {
  const paths: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const target of targets) {
    const found = target === "-" ? ["-"] : await listFiles(target, recursive, { cwd, diagnostics });
    if ("severity" in found) {
      diagnostics.push(found);
    } else {
      paths.push(...found);
    }
  }
  return { paths: [...new Set(paths)], diagnostics };
}

/** Where paths begin, and where folders that cannot be read are told. */
interface Looking {
  readonly cwd: string;
  readonly diagnostics: Diagnostic[];
}

async function listFiles(
  target: string,
  recursive: boolean,
  looking: Looking,
): Promise<readonly string[] | Diagnostic> {
  try {
    if ((await stat(resolve(looking.cwd, target))).isDirectory()) {
      return await listFolder(target, recursive, looking);
    }
  } catch {
    return reportProblem(
      `stat ${target}: no such file or directory`,
      "Check the path; it is relative to the current folder.",
    );
  }
  if (SUFFIX.test(target)) {
    return [target];
  }
  return reportProblem(
    `${target} is not an HCL2 file`,
    "Only files that end in .pkr.hcl or .pkrvars.hcl are formatted.",
  );
}

async function listFolder(folder: string, recursive: boolean, looking: Looking): Promise<readonly string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(resolve(looking.cwd, folder), { withFileTypes: true });
  } catch (thrown) {
    // What containers leave behind belongs to others, and is no reason to leave the rest as it is.
    const unreadable = reportProblem(`The folder ${folder} could not be read`, "Files in it are left as they are.");
    looking.diagnostics.push({ ...unreadable, severity: "warning", detail: readMessage(thrown) });
    return [];
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of entries) {
    if (isPrivate(entry.name)) {
      continue;
    }
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      found.push(...(recursive ? await listFolder(path, recursive, looking) : []));
    } else if (SUFFIX.test(entry.name)) {
      found.push(path);
    }
  }
  return found;
}

/** Hidden files and what editors leave behind. */
function isPrivate(name: string): boolean {
  return name.startsWith(".") || name.endsWith("~") || (name.startsWith("#") && name.endsWith("#"));
}

function reportProblem(summary: string, hint: string): Diagnostic {
  return { code: "template/unreadable", severity: "error", summary, hint };
}
