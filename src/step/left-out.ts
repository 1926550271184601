// Which paths of a folder a transfer leaves out.
import { anyMany, joinWildcards, literally, type WildcardPart, type Wildcards } from "../diagnostic/wildcards.ts";
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
function compilePattern(pattern: string): Wildcards {
  const trimmed = pattern.replace(/\/+$/, "");
  const parts = trimmed.replace(/^\//, "").match(/\*\*\/|\*\*|\*|\?|[^*?]+/g) ?? [];
  const body = parts.flatMap((part) => wildcards[part] ?? literally(part));
  return joinWildcards(trimmed.includes("/") ? body : [anyDepth, ...body]);
}

const withinName = (character: string): boolean => character !== "/";
const anyDepth: WildcardPart = { choice: [[], [anyMany, ...literally("/")]] };
const wildcards: Readonly<Record<string, WildcardPart>> = {
  "**/": anyDepth,
  "**": anyMany,
  "*": { many: withinName },
  "?": { one: withinName },
};
