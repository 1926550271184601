// Files beside templates that commands keep or are handed: whoever writes to the checkout can put anything under their names.
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** The bytes of a regular file. Throws for what is none, such as a link to a device that never ends, and for what is too large. */
export async function readSmallFile(path: string, most: number): Promise<Buffer> {
  // A pipe would be waited for. Windows has no such flag.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      throw new Error("it is not a file");
    }
    if (found.size > most) {
      throw new Error(`it has ${found.size} bytes; at most ${most} are read`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
