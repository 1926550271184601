// Which paths of a folder a transfer leaves out.
import type { FolderTransfer } from "../sdk/communicator.ts";

/** Tells of a path below the folder, with slashes, whether it stays where it is. What lies in a folder that stays is not asked about. */
export function compileLeftOut({ exclude = [] }: FolderTransfer): ((path: string) => boolean) | undefined {
  if (exclude.length === 0) {
    return undefined;
  }
  const patterns = exclude.map(compilePattern);
  return (path) => patterns.some((pattern) => pattern.test(path));
}

/** A pattern with a slash in it is a whole path, another one a name at any depth. */
function compilePattern(pattern: string): RegExp {
  const trimmed = pattern.replace(/\/+$/, "");
  const isPath = trimmed.includes("/");
  const body = trimmed
    .replace(/^\//, "")
    .replaceAll(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (found) => wildcards[found] ?? `\\${found}`);
  return new RegExp(`${isPath ? "^" : "(?:^|/)"}${body}$`, "s");
}

const wildcards: Readonly<Record<string, string>> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };
