// What there is to say of secrets that cannot be kept: which ones, and why, but never what they are.

import { SHORTEST_MASK } from "../../core/secret-strength.ts";
import type { WeakSecret } from "../../core/secrets.ts";

const MOST_NAMES = 20;

const REASONS: Readonly<Record<WeakSecret["weakness"], string>> = {
  clear: "stands in a template in clear",
  common: "is a common word",
  short: `has fewer than ${SHORTEST_MASK} characters`,
};

/** The text of a notice; `undefined` when there is nothing to say. */
export function noticeWeakSecrets(weak: readonly WeakSecret[]): string | undefined {
  const lines = [...new Set(weak.map(writeLine))];
  if (lines.length === 0) {
    return undefined;
  }
  const more = lines.length > MOST_NAMES ? [`… and ${lines.length - MOST_NAMES} more`] : [];
  return [...lines.slice(0, MOST_NAMES), ...more].join("\n");
}

function writeLine({ name, weakness, isHidden }: WeakSecret): string {
  const what = isHidden
    ? "it is hidden in texts, but not in names and paths, and not by the runner"
    : "it is not hidden";
  return `The value of ${name} ${REASONS[weakness]}: ${what}.`;
}

/** What a value of `secret-vars` is called. */
export function nameSecret(value: string, vars: unknown): string {
  const found = Object.entries((vars ?? {}) as Readonly<Record<string, string>>).find(([, given]) => given === value);
  return found === undefined ? 'input "secret-vars"' : `variable "${found[0]}"`;
}
