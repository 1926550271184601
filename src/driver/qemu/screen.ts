// A machine's screen by way of QEMU's control socket: its size, whether it has changed, and the text on it in text mode.
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Qmp } from "./qmp.ts";

/** What can be seen. */
export interface ScreenFacts {
  readonly width: number;
  readonly height: number;
  /** Equal as long as nothing changes on it. */
  readonly digest: string;
  /** Lines of text, where it shows text alone. */
  readonly text: readonly string[] | undefined;
}

/** Where a VGA card keeps its text: two bytes for each place, a character and its colour. */
const TEXT_AT = 0xb8000;
const TEXT_SIZE = 0x8000;
const COLUMNS = 80;
const ROWS = 25;
/** How large a VGA card's text is in QEMU's pictures. */
const TEXT_WIDTH = 720;
const TEXT_HEIGHT = 400;

/** Looks at the screen. QEMU writes what it shows into `folder`. Throws where the machine has no screen. */
export async function readScreen(qmp: Qmp, folder: string): Promise<ScreenFacts> {
  const picture = await dump(join(folder, "screen.ppm"), (filename) => qmp.execute("screendump", { filename }));
  const [, width = 0, height = 0] = (/^P6\s+(\d+)\s+(\d+)/.exec(picture.subarray(0, 32).toString("latin1")) ?? []).map(
    Number,
  );
  if (width !== TEXT_WIDTH || height !== TEXT_HEIGHT) {
    return { width, height, digest: makeDigest(picture), text: undefined };
  }
  const memory = await dump(join(folder, "text.bin"), (filename) =>
    qmp.execute("pmemsave", { val: TEXT_AT, size: TEXT_SIZE, filename }),
  );
  // The cursor blinks, so the picture is another one all the time.
  return { width, height, digest: makeDigest(memory), text: readText(memory) };
}

async function dump(path: string, write: (path: string) => Promise<unknown>): Promise<Buffer> {
  try {
    await write(path);
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}

function makeDigest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The last screenful that anything stands on: systems move on in this memory instead of copying lines. What goes on in the
 * next row is one line again, so that a word is found in it as a whole.
 */
export function readText(memory: Buffer): readonly string[] {
  const rows: string[] = [];
  for (let row = 0; (row + 1) * COLUMNS * 2 <= memory.length; row++) {
    const places = Array.from({ length: COLUMNS }, (_, column) => memory[(row * COLUMNS + column) * 2] ?? 0);
    rows.push(places.map(showCharacter).join(""));
  }
  const last = rows.findLastIndex((row) => row.trim() !== "");
  const lines: string[] = [];
  let isFull = false;
  for (const row of rows.slice(Math.max(0, last + 1 - ROWS), last + 1)) {
    lines.push(isFull ? `${lines.pop() ?? ""}${row}` : row);
    isFull = !row.endsWith(" ");
  }
  const shown = lines.map((line) => line.trimEnd());
  return shown.slice(
    Math.max(
      0,
      shown.findIndex((line) => line !== ""),
    ),
  );
}

/** Of code page 437, what is not in ASCII is mostly there to draw frames. */
function showCharacter(code: number): string {
  if (code >= 0x20 && code < 0x7f) {
    return String.fromCharCode(code);
  }
  if (code >= 0xb0 && code <= 0xdf) {
    return FRAMES[code - 0xb0] ?? " ";
  }
  return code === 0 || code === 0xff ? " " : "·";
}

const FRAMES = "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀";
