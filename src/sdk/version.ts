// Version numbers as Packer's templates compare them.

/** Numbers of a version; `undefined` when the text is none. A suffix after `-` or `+` is left aside. */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)*(?:[-+~][0-9A-Za-z.+~-]*)?$/.exec(text.trim());
  return found === null ? undefined : [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)];
}

/** Negative when `a` is older, positive when it is newer. */
export function compareVersions(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export interface Constraint {
  readonly operator: "=" | "!=" | ">" | ">=" | "<" | "<=" | "~>";
  readonly version: readonly [number, number, number];
  /** How many numbers were written; decides how far `~>` may grow. */
  readonly parts: number;
}

/** Constraints separated by commas; `undefined` when one of them cannot be read. */
export function parseConstraints(text: string): readonly Constraint[] | undefined {
  const constraints: Constraint[] = [];
  for (const part of text.split(",")) {
    const found = /^\s*(=|!=|>=|<=|~>|>|<)?\s*(v?[\d.]+(?:[-+][0-9A-Za-z.+-]*)?)\s*$/.exec(part);
    const version = found && parseVersion(found[2] as string);
    if (!found || !version) {
      return undefined;
    }
    const parts = (found[2] as string).replace(/[-+].*$/, "").split(".").length;
    constraints.push({ operator: (found[1] ?? "=") as Constraint["operator"], version, parts });
  }
  return constraints;
}

/** Whether a version fits all constraints. */
export function satisfies(version: readonly [number, number, number], constraints: readonly Constraint[]): boolean {
  return constraints.every((constraint) => fits(version, constraint));
}

function fits(version: readonly [number, number, number], { operator, version: wanted, parts }: Constraint): boolean {
  const order = compareVersions(version, wanted);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "~>":
      // The right-most number that was written may grow, those before it may not.
      return order >= 0 && version.slice(0, Math.max(1, parts - 1)).every((number, i) => number === wanted[i]);
  }
}
