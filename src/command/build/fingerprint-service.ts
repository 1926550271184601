// What `if-unchanged` asks the edge: where fingerprints are kept when no file is named.
import { defineService } from "../service.ts";
import type { FingerprintStore } from "./fingerprint-record.ts";

interface Selection {
  readonly only: readonly string[];
  readonly except: readonly string[];
}

/** The place for what the patterns select; gives `undefined` when there is none after all. */
export const fingerprintPlace =
  defineService<(selection: Selection) => Promise<FingerprintStore | undefined>>("place for fingerprints");
