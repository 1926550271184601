// A floppy disk of 1.44 MB with a FAT12 file system, as one piece of memory.
import { failure } from "../../diagnostic/build-error.ts";
import { type MediaFile, type MediaFolder, readSource } from "../local-files/media-tree.ts";
import { ATTRIBUTE, countEntries, ENTRY, writeEntries } from "./fat-entries.ts";
import { type FatName, makeFatNames } from "./fat-names.ts";

/** A sector, which is also a cluster, the unit in which space is given to files. */
const SECTOR = 512;
const SECTORS = 2880;
const FAT_SECTORS = 9;
const ROOT_ENTRIES = 224;
const ROOT_AT = (1 + 2 * FAT_SECTORS) * SECTOR;
const DATA_AT = ROOT_AT + ROOT_ENTRIES * ENTRY;
const CLUSTERS = (SECTORS * SECTOR - DATA_AT) / SECTOR;
/** The first cluster has this number. */
const FIRST = 2;
const MEDIA = 0xf0;
const LAST_OF_CHAIN = 0xfff;

export interface FloppyFacts {
  readonly label: string;
  /** Tells this disk from others. */
  readonly serial: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The disk with this tree on it; `read` gives the content of a file. */
export async function writeFat12Image(
  root: MediaFolder,
  facts: FloppyFacts,
  read: (file: MediaFile) => Promise<Uint8Array>,
): Promise<Buffer> {
  checkSize(root);
  const image = Buffer.alloc(SECTORS * SECTOR);
  const label = facts.label.padEnd(11);
  writeBootSector(label, facts.serial).copy(image);
  const disk: Disk = { image, read, next: FIRST };
  const ownLabel = writeEntries(
    { alias: label },
    { attribute: ATTRIBUTE.label, modified: facts.now, cluster: 0, size: 0 },
  );
  (await writeFolder(disk, root, 0, ownLabel)).copy(image, ROOT_AT);
  for (let copy = 0; copy < 2; copy++) {
    setLink(image, copy, 0, 0xf00 | MEDIA);
  }
  for (let copy = 0; copy < 2; copy++) {
    setLink(image, copy, 1, LAST_OF_CHAIN);
  }
  return image;
}

interface Disk {
  readonly image: Buffer;
  readonly read: (file: MediaFile) => Promise<Uint8Array>;
  /** The first cluster that is free. */
  next: number;
}

/** The entries of a folder, after everything in it was written. */
async function writeFolder(disk: Disk, folder: MediaFolder, cluster: number, before: Buffer): Promise<Buffer> {
  const parts = [before];
  for (const [name, entry] of nameEntries(folder)) {
    const { modified } = entry;
    if (entry.is === "file") {
      const content = await disk.read(entry);
      const at = write(disk, content);
      parts.push(writeEntries(name, { attribute: ATTRIBUTE.file, modified, cluster: at, size: content.length }));
      continue;
    }
    const at = take(disk, countFolderClusters(entry));
    parts.push(writeEntries(name, { attribute: ATTRIBUTE.folder, modified, cluster: at, size: 0 }));
    const facts = { attribute: ATTRIBUTE.folder, modified, size: 0 };
    const itself = writeEntries({ alias: ".".padEnd(11) }, { ...facts, cluster: at });
    const parent = writeEntries({ alias: "..".padEnd(11) }, { ...facts, cluster });
    (await writeFolder(disk, entry, at, Buffer.concat([itself, parent]))).copy(disk.image, findOffset(at));
  }
  return Buffer.concat(parts);
}

function nameEntries(folder: MediaFolder): readonly (readonly [FatName, MediaFile | MediaFolder])[] {
  const entries = [...folder.entries.values()];
  const names = makeFatNames(entries.map(({ name }) => name));
  return names.map((name, at) => [name, entries[at] as MediaFile | MediaFolder]);
}

/** Writes a content into free clusters; gives the first, or 0 for no content. */
function write(disk: Disk, content: Uint8Array): number {
  if (content.length === 0) {
    return 0;
  }
  const first = take(disk, countClusters(content.length));
  disk.image.set(content, findOffset(first));
  return first;
}

/** Chains free clusters; gives the first. */
function take(disk: Disk, count: number): number {
  const first = disk.next;
  disk.next += count;
  for (let cluster = first; cluster < disk.next; cluster++) {
    const link = cluster + 1 === disk.next ? LAST_OF_CHAIN : cluster + 1;
    for (let copy = 0; copy < 2; copy++) {
      setLink(disk.image, copy, cluster, link);
    }
  }
  return first;
}

/** Two links share three bytes. */
function setLink(image: Buffer, copy: number, cluster: number, link: number): void {
  const at = (1 + copy * FAT_SECTORS) * SECTOR + Math.floor(cluster * 1.5);
  const old = image.readUInt16LE(at);
  image.writeUInt16LE(cluster % 2 === 0 ? (old & 0xf000) | link : (old & 0x000f) | (link << 4), at);
}

function findOffset(cluster: number): number {
  return DATA_AT + (cluster - FIRST) * SECTOR;
}

function countClusters(bytes: number): number {
  return Math.ceil(bytes / SECTOR);
}

function makeEntries(folder: MediaFolder): number {
  return nameEntries(folder).reduce((sum, [name]) => sum + countEntries(name), 0);
}

/** Every folder but the top one has entries for itself and for its parent. */
function countFolderClusters(folder: MediaFolder): number {
  return countClusters((2 + makeEntries(folder)) * ENTRY);
}

function checkSize(root: MediaFolder): void {
  // One entry is the label's.
  const entries = 1 + makeEntries(root);
  if (entries > ROOT_ENTRIES) {
    throw failure("template", "media/too-large", "There are too many files in the top folder of the floppy disk", {
      detail: `Their names take ${entries} entries; a floppy disk has ${ROOT_ENTRIES}, and long names take several each.`,
      hint: "Put them into folders with floppy_dirs, or on a CD.",
    });
  }
  const needed = countClustersBelow(root);
  if (needed <= CLUSTERS) {
    return;
  }
  const largest = findLargestBelow(root);
  const detail = largest === undefined ? "" : ` The largest file is ${readSource(largest)} with ${largest.size} bytes.`;
  throw failure(
    "template",
    "media/too-large",
    `The files are ${(needed - CLUSTERS) * SECTOR} bytes too many for a floppy disk`,
    {
      detail: `It holds ${CLUSTERS * SECTOR} bytes, and each file takes a multiple of ${SECTOR}.${detail}`,
      hint: "Leave something out, or put it on a CD.",
    },
  );
}

function countClustersBelow(folder: MediaFolder): number {
  let sum = 0;
  for (const entry of folder.entries.values()) {
    sum += entry.is === "file" ? countClusters(entry.size) : countFolderClusters(entry) + countClustersBelow(entry);
  }
  return sum;
}

function findLargestBelow(folder: MediaFolder): MediaFile | undefined {
  let largest: MediaFile | undefined;
  for (const entry of folder.entries.values()) {
    const candidate = entry.is === "file" ? entry : findLargestBelow(entry);
    if (candidate !== undefined && candidate.size > (largest?.size ?? -1)) {
      largest = candidate;
    }
  }
  return largest;
}

/** Says how the disk is laid out. A machine that starts from it goes on to the next device. */
function writeBootSector(label: string, serial: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  // Jump to offset 62, where: int 18h; hlt; jump back to hlt.
  sector.set([0xeb, 0x3c, 0x90], 0);
  sector.set([0xcd, 0x18, 0xf4, 0xeb, 0xfd], 62);
  sector.write("MSWIN4.1", 3, "latin1");
  sector.writeUInt16LE(SECTOR, 11);
  sector.writeUInt8(1, 13);
  sector.writeUInt16LE(1, 14);
  sector.writeUInt8(2, 16);
  sector.writeUInt16LE(ROOT_ENTRIES, 17);
  sector.writeUInt16LE(SECTORS, 19);
  sector.writeUInt8(MEDIA, 21);
  sector.writeUInt16LE(FAT_SECTORS, 22);
  // Sectors of a track, and sides.
  sector.writeUInt16LE(18, 24);
  sector.writeUInt16LE(2, 26);
  // The serial number, the label and the kind follow.
  sector.writeUInt8(0x29, 38);
  sector.writeUInt32LE(serial, 39);
  sector.write(label, 43, 11, "latin1");
  sector.write("FAT12   ", 54, "latin1");
  sector.set([0x55, 0xaa], 510);
  return sector;
}
