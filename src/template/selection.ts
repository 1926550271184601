// `-only` and `-except`: which builds and post-processors of a template are wanted.

/** One word of the user's. */
export interface NamePattern {
  readonly text: string;
  readonly fits: (name: string) => boolean;
}

export interface Selection {
  readonly only: readonly NamePattern[];
  readonly except: readonly NamePattern[];
}

export function isSelected(name: string, { only, except }: Selection): boolean {
  return (only.length === 0 || only.some((pattern) => pattern.fits(name))) && !isExcluded(name, except);
}

export function isExcluded(name: string, except: readonly NamePattern[]): boolean {
  return except.some((pattern) => pattern.fits(name));
}

/** What fits nothing: no build, and for `-except` no post-processor either. */
export function listUnmatched(
  { only, except }: Selection,
  builds: readonly string[],
  postProcessors: readonly string[],
): string[] {
  const both = [...builds, ...postProcessors];
  const fitsNone = ({ fits }: NamePattern, names: readonly string[]): boolean => !names.some((name) => fits(name));
  return [...only.filter((one) => fitsNone(one, builds)), ...except.filter((one) => fitsNone(one, both))].map(
    ({ text }) => text,
  );
}
