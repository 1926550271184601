// Reads the key and certificate files that the options name.
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { KeyCredential } from "../../driver/ssh/authentication.ts";
import { type Certificate, findProblem, readCertificate } from "../../driver/ssh/certificate.ts";
import { type PrivateKey, readPrivateKey } from "../../driver/ssh/private-key.ts";
import type { FileGate } from "../../host/file-gate.ts";

/** Bytes; no key and no certificate is larger. */
const LARGEST = 1024 * 1024;

/** Where relative paths and `~` lead. */
export interface Places {
  readonly cwd: string;
  readonly homeDir: string;
  readonly files: FileGate;
}

/** What is wrong with a key or certificate file, and what to try. */
export interface KeyProblem {
  readonly problem: string;
  readonly hint: string;
}

/** Reads a private key file and, if named, its certificate. Never throws. */
export async function readKeyFiles(
  places: Places,
  keyFile: string,
  certificateFile: string | undefined,
  now: number,
): Promise<KeyCredential | KeyProblem> {
  const text = await readText(places, keyFile);
  if (typeof text !== "string") {
    return {
      problem: `${describeAbsence("stat", keyFile, text)}`,
      hint: "Check the path; `~` stands for your home folder.",
    };
  }
  const key = readPrivateKey(text);
  if (!("value" in key)) {
    return { problem: `"${keyFile}": ${key.problem}`, hint: key.hint };
  }
  if (certificateFile === undefined) {
    return { key: key.value, origin: keyFile };
  }
  const certificate = await readCertificateFile(places, certificateFile, key.value, now);
  return "problem" in certificate ? certificate : { key: key.value, certificate, origin: keyFile };
}

async function readCertificateFile(
  places: Places,
  file: string,
  key: PrivateKey,
  now: number,
): Promise<Certificate | KeyProblem> {
  const text = await readText(places, file);
  if (typeof text !== "string") {
    return {
      problem: `unable to read certificate file: ${describeAbsence("open", file, text)}`,
      hint: "Check the path of the certificate.",
    };
  }
  const certificate = readCertificate(text);
  if (!("value" in certificate)) {
    return { problem: `"${file}": ${certificate.problem}`, hint: certificate.hint };
  }
  const problem = findProblem(certificate.value, key.publicBlob, now);
  if (problem === undefined) {
    return certificate.value;
  }
  return {
    problem: `${file} not a valid cert: ${problem}`,
    hint: "Have the certificate authority sign the key again: `ssh-keygen -s CA -I NAME -n USER KEY.pub`.",
  };
}

async function readText({ cwd, homeDir, files }: Places, path: string): Promise<string | NodeJS.ErrnoException> {
  const expanded = path === "~" || /^~[\\/]/.test(path) ? homeDir + path.slice(1) : path;
  const whole = resolve(cwd, expanded);
  const refusal = files.refusal(whole);
  if (refusal !== undefined) {
    return new Error(`it ${refusal.reason}. ${refusal.hint}`.trim());
  }
  try {
    if ((await stat(whole)).size > LARGEST) {
      return new Error("it is too large for a key");
    }
    return await readFile(whole, "utf8");
  } catch (thrown) {
    return thrown as NodeJS.ErrnoException;
  }
}

function describeAbsence(call: string, path: string, error: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EISDIR: "is a directory",
  };
  return `${call} ${path}: ${reasons[error.code ?? ""] ?? error.message}`;
}
