// Self-signed certificates for test machines, made by openssl.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and a certificate; `kind` decides which hash the channel bindings need. */
export function selfSigned(
  kind: "rsa-sha256" | "ecdsa-sha384" = "rsa-sha256",
  name = "DNS:localhost,IP:127.0.0.1",
): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "winrm-cert-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const algorithm = kind === "rsa-sha256" ? ["rsa:2048", "-sha256"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"];
  const rest = ["-nodes", "-days", "2", "-subj", "/CN=winbox", "-addext", `subjectAltName=${name}`, "-keyout", key, "-out", cert];
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", ...algorithm, ...rest], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
