// The bytes of an archive in each format. A file of its own, so that the compressors are loaded when something is compressed.
import { bgzf } from "../../driver/archive/bgzf.ts";
import type { Effort } from "../../driver/archive/deflate.ts";
import { type ArchivedFile, readContent } from "../../driver/archive/file-content.ts";
import { gzip } from "../../driver/archive/gzip.ts";
import { lz4 } from "../../driver/archive/lz4.ts";
import { tar } from "../../driver/archive/tar.ts";
import { xz } from "../../driver/archive/xz.ts";
import { zip } from "../../driver/archive/zip.ts";
import type { Run } from "../../sdk/run.ts";
import type { Algorithm, Format } from "./format.ts";

/** The archive of `files`, piece by piece. */
export function readBytes(
  { archive, algorithm }: Format,
  effort: Effort,
  files: readonly ArchivedFile[],
  run: Run,
): AsyncIterable<Uint8Array> {
  if (archive === "zip") {
    return zip(files, { ...effort, level: -1 });
  }
  const plain = archive === "tar" ? tar(files) : readContent(files[0] as ArchivedFile);
  return algorithm === undefined ? plain : compressBytes(plain, algorithm, effort, run);
}

function compressBytes(
  plain: AsyncIterable<Uint8Array>,
  algorithm: Algorithm,
  effort: Effort,
  run: Run,
): AsyncIterable<Uint8Array> {
  switch (algorithm) {
    case "pgzip":
      return gzip(plain, effort);
    case "bgzf":
      return bgzf(plain, effort);
    case "lz4":
      return lz4(plain, effort.level);
    case "xz":
      return xz(plain, effort, run.host, run.signal);
  }
}
