// The files behind an artifact, folders included, and the folder they have in common.
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

/** Every file under the paths, each once, sorted. What is gone or leads nowhere is left out. */
export async function listFilesUnder(paths: readonly string[], cwd: string): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    const whole = resolve(cwd, path);
    const inside = await readdir(whole, { recursive: true }).catch(() => undefined);
    for (const file of inside === undefined ? [whole] : inside.map((name) => join(whole, name))) {
      if (await isFile(file)) {
        files.add(file);
      }
    }
  }
  return [...files].sort();
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

/** The deepest folder that holds all the files: their paths in an archive begin below it. */
export function findCommonFolder(files: readonly string[]): string {
  let common = dirname(files[0] ?? sep);
  for (const file of files) {
    while (common !== dirname(common) && !file.startsWith(common + sep)) {
      common = dirname(common);
    }
  }
  return common;
}
