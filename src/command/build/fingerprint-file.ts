// Fingerprints in a JSON file that the user keeps.
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { readSmallFile } from "../read-small-file.ts";
import {
  type FingerprintRecord,
  type FingerprintStore,
  isUnusable,
  parseRecords,
  type Unusable,
  writeRecords,
} from "./fingerprint-record.ts";

/** Bytes of a file with records that are read. */
export const MOST_RECORD_BYTES = 64 * 1024 * 1024;

/** One file for any number of templates. */
export function openFingerprintFile(path: string, host: Pick<Host, "cwd" | "random">): FingerprintStore {
  const whole = resolve(host.cwd, path);
  return {
    where: path,
    files: [whole],
    last: async (template) => {
      const records = await readRecords(whole);
      if (isUnusable(records)) {
        return records;
      }
      return Object.hasOwn(records, template) ? records[template] : undefined;
    },
    save: async (template, record) => {
      const records = await readRecords(whole);
      // What cannot be read is not kept: the next run could not use it either.
      const earlier = isUnusable(records) ? {} : records;
      const text = writeRecords({ ...earlier, [template]: record });
      await writeWhole(whole, text, host.random.uuid());
    },
  };
}

async function readRecords(path: string): Promise<Readonly<Record<string, FingerprintRecord>> | Unusable> {
  try {
    return parseRecords((await readSmallFile(path, MOST_RECORD_BYTES)).toString("utf8"));
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "ENOENT" ? {} : { problem: readMessage(thrown) };
  }
}

/** A run that is cut off leaves the old file or the new one, never half of it. */
async function writeWhole(path: string, text: string, id: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${id}`;
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (thrown) {
    await rm(partial, { force: true });
    throw thrown;
  }
}
