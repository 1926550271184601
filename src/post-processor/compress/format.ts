// What a compress output is to be, guessed from its name as Packer does.

/** How bytes are compressed. Packer's names, which its messages use. */
export type Algorithm = "pgzip" | "bgzf" | "lz4" | "xz";

/** A kind of file that compress can write. */
export interface Format {
  /** How several files become one; `undefined` for a single compressed file. */
  readonly archive?: "tar" | "zip" | undefined;
  readonly algorithm?: Algorithm | undefined;
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = { gz: "pgzip", lz4: "lz4", bgzf: "bgzf", xz: "xz" };
const FALLBACK: Format = { archive: "tar", algorithm: "pgzip" };

/** As Packer 1.6.6: the last two parts that follow a dot decide; what they do not tell becomes a tar compressed with gzip. */
export function guessFormat(output: string, format: string): Format {
  const name = format === "" ? output : `${output}.${format}`;
  const parts = [...name.matchAll(/\.([a-z0-9]+)/g)].map(([, part]) => part ?? "");
  const last = parts.at(-1) ?? "";
  if (last === "tar" || last === "zip") {
    return { archive: last };
  }
  const algorithm = ALGORITHMS[last];
  if (algorithm === undefined) {
    return FALLBACK;
  }
  return parts.at(-2) === "tar" ? { archive: "tar", algorithm } : { algorithm };
}
