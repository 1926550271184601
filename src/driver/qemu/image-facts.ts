// What a file with a disk is, by its first bytes: enough to know before anything is done with it.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** A disk image. Other formats than these two are left to qemu-img. */
export interface ImageFacts {
  readonly format: "qcow2" | "raw" | "other";
  /** Bytes that the machine sees; `undefined` where the format is another. */
  readonly size: number | undefined;
}

/** VMDK, VDI (behind 64 bytes of text), VHDX, VHD, QED, Parallels, LUKS and the kinds that are packed. */
const OTHER = [
  "KDMV",
  "COWD",
  "# Disk Desc",
  "<<< ",
  "vhdxfile",
  "conectix",
  "QED\0",
  "Without",
  "LUKS",
  "\x1f\x8b",
  "BZh",
];

/** Reads it; `undefined` when there is no such file. */
export function readImageFacts(path: string): ImageFacts | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const stats = fstatSync(file);
      const start = Buffer.alloc(32);
      if (!stats.isFile()) {
        return undefined;
      }
      readSync(file, start, 0, start.length, 0);
      return readFacts(start, stats.size);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function readFacts(start: Buffer, size: number): ImageFacts {
  const text = start.toString("latin1");
  if (text.startsWith("QFI\xfb")) {
    return { format: "qcow2", size: Number(start.readBigUInt64BE(24)) };
  }
  return OTHER.some((word) => text.startsWith(word)) || text.startsWith("\xfd7zXZ")
    ? { format: "other", size: undefined }
    : { format: "raw", size };
}
