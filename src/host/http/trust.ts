// Whose certificates are trusted: those of the system, as every other program on it does, and what the environment adds.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tls from "node:tls";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { failure, readMessage } from "../../diagnostic/build-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where systems keep all of them in one file: Debian, Fedora, openSUSE, OpenELEC, newer Fedora, Alpine. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const FOLDERS = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/** What TLS believes in when nobody says otherwise. */
export async function loadTrust(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Promise<SecureContext> {
  const certificates = await findCertificates(env, platform);
  try {
    return createSecureContext({ ca: certificates });
  } catch (thrown) {
    throw failure("environment", "http/certificates", "The certificates that this machine trusts could not be used", {
      detail: readMessage(thrown),
      hint: "Check the files that SSL_CERT_FILE, SSL_CERT_DIR and NODE_EXTRA_CA_CERTS name.",
      cause: thrown,
    });
  }
}

/** The certificates in PEM. As Go and curl: SSL_CERT_FILE and SSL_CERT_DIR stand in for what the system has. */
export async function findCertificates(env: Environment, platform: NodeJS.Platform): Promise<string[]> {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders, NODE_EXTRA_CA_CERTS: extra } = env;
  const found = file || folders ? [] : [...rootCertificates, ...readKeychain(platform)];
  if (file) {
    found.push(await readNamed("SSL_CERT_FILE", file));
  }
  const bundle = file ? undefined : await readBundle();
  if (bundle !== undefined) {
    found.push(bundle);
  }
  for (const folder of folders?.split(":") ?? (bundle === undefined ? FOLDERS : [])) {
    found.push(...(await readFolder(folder)));
  }
  // Node reads it for itself, but not beside other certificates.
  if (extra) {
    found.push(await readNamed("NODE_EXTRA_CA_CERTS", extra));
  }
  return found;
}

/** Windows and macOS keep them in no file; Node can ask from version 22.15 on. */
function readKeychain(platform: NodeJS.Platform): readonly string[] {
  if (platform !== "win32" && platform !== "darwin") {
    return [];
  }
  return "getCACertificates" in tls ? tls.getCACertificates("system") : [];
}

async function readBundle(): Promise<string | undefined> {
  for (const path of BUNDLES) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text?.includes("-----BEGIN")) {
      return text;
    }
  }
  return undefined;
}

async function readFolder(folder: string): Promise<readonly string[]> {
  const names = folder === "" ? [] : await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  return [...new Set(texts.filter((text) => text.includes("-----BEGIN CERTIFICATE-----")))];
}

async function readNamed(variable: string, path: string): Promise<string> {
  const hint = `Correct ${variable}, or take it away.`;
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    const detail = readMessage(thrown);
    throw failure("environment", "http/certificates", `The file that ${variable} names could not be read`, {
      detail,
      hint,
      cause: thrown,
    });
  });
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) {
    return text;
  }
  throw failure("environment", "http/certificates", `The file that ${variable} names holds no certificate`, {
    detail: `${path} is not in PEM.`,
    hint,
  });
}
