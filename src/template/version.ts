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
