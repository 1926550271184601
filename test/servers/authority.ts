// An authority of the test's own, and certificates that it signs, made by openssl.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export interface Authority {
  /** Its certificate in PEM. */
  readonly file: string;
  /** A folder that holds it, as `openssl rehash` makes it. */
  readonly folder: string;
  /** A key and a certificate for names such as `IP:127.0.0.1`. */
  sign(names: string): { readonly key: string; readonly cert: string };
}

export function authority(test: TestContext): Authority {
  const root = mkdtempSync(join(tmpdir(), "authority-"));
  test.after(() => rmSync(root, { recursive: true }));
  const at = (name: string): string => join(root, name);
  const openssl = (...args: readonly string[]): void => void execFileSync("openssl", args, { stdio: "ignore" });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=House CA",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  mkdirSync(at("certs"));
  writeFileSync(at("certs/house.pem"), readFileSync(at("ca.pem")));
  openssl("rehash", at("certs"));
  return {
    file: at("ca.pem"),
    folder: at("certs"),
    sign(names) {
      writeFileSync(at("names"), `subjectAltName=${names}\n`);
      openssl(
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=server",
        "-keyout",
        at("server.key"),
        "-out",
        at("server.csr"),
      );
      const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names")];
      openssl("x509", "-req", "-days", "2", "-in", at("server.csr"), ...by, "-out", at("server.pem"));
      return { key: readFileSync(at("server.key"), "utf8"), cert: readFileSync(at("server.pem"), "utf8") };
    },
  };
}
