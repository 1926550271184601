// One comment below a pull request that later runs update instead of writing another one.
import { createHash } from "node:crypto";
import type { Comment, GitHub } from "../../driver/github/github.ts";

/** GitHub takes no longer comments. */
export const LONGEST_COMMENT = 65_536;

/** Which comment is meant: every job, and every choice of templates, has its own. */
export function writeMarker(env: Readonly<Record<string, string | undefined>>, choices: readonly unknown[]): string {
  const parts = [env["GITHUB_WORKFLOW"] ?? "", env["GITHUB_JOB"] ?? "", choices];
  return `<!-- packer-ts:${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)} -->`;
}

export interface StickyComment {
  readonly marker: string;
  /** Markdown of the comment, for a limit of characters. */
  readonly body: (longest: number) => string;
  /** Whether it is worth a comment where there is none yet. */
  readonly isNews: boolean;
}

/** Writes the comment, or brings the one of an earlier run up to date. Gives the comment there is now. */
export async function keepStickyComment(
  github: GitHub,
  number: number,
  { marker, body, isNews }: StickyComment,
): Promise<Comment | undefined> {
  // Anybody can write the marker: only those who may write to the repository are believed.
  const known = (await github.comments(number)).find((comment) => comment.isTrusted && comment.body.startsWith(marker));
  if (known === undefined && !isNews) {
    return undefined;
  }
  const text = `${marker}\n${body(LONGEST_COMMENT - marker.length - 1)}`;
  if (known === undefined) {
    return github.createComment(number, text);
  }
  return known.body === text ? known : github.updateComment(known.id, text);
}
