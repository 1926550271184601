// What a download may use of the run it works for.
import type { Host } from "../../host/host.ts";

export interface DownloadRun {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly ui: {
    say(text: string): void;
    message(text: string): void;
    error(text: string): void;
    progress(label: string, total?: number): { advance(bytes: number): void; end(): void };
  };
  /** Hides a value from everything that is printed from now on. */
  hide?(secret: string): void;
}

/** How many hexadecimal digits a digest of each kind has. */
export const DIGEST_DIGITS = Object.freeze({ md5: 32, sha1: 40, sha256: 64, sha512: 128 });

/** What a file's content must have. */
export interface Digest {
  readonly algorithm: keyof typeof DIGEST_DIGITS;
  /** Small letters. */
  readonly hex: string;
}

/** A digest from its hexadecimal digits; its kind follows from their number unless `type` says it. */
export function hashFile(hex: string, type?: string): Digest | undefined {
  const [algorithm] =
    Object.entries(DIGEST_DIGITS).find(([name, digits]) => digits === hex.length && (type ?? name) === name) ?? [];
  if (algorithm === undefined || !/^[0-9a-f]+$/i.test(hex)) {
    return undefined;
  }
  return { algorithm: algorithm as Digest["algorithm"], hex: hex.toLowerCase() };
}
