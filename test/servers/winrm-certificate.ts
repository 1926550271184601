// Self-signed certificates for test machines, made by openssl.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and a certificate; `kind` decides which hash the channel bindings need. */
export function selfSigned(
  kind: "rsa-sha256" | "ecdsa-sha384" = "rsa-sha256",
  name = "DNS:localhost,IP:127.0.0.1",
): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "winrm-cert-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const algorithm =
    kind === "rsa-sha256" ? ["rsa:2048", "-sha256"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"];
  const rest = [
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=winbox",
    "-addext",
    `subjectAltName=${name}`,
    "-keyout",
    key,
    "-out",
    cert,
  ];
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", ...algorithm, ...rest], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A key and a certificate that was valid in January 2020 only. */
export function expired(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "winrm-cert-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => void execFileSync("openssl", args, { stdio: "ignore" });
  // Only the command for authorities takes dates of the past.
  const settings = `[ca]\ndefault_ca=x\n[x]\ndatabase=${at("index")}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n`;
  try {
    writeFileSync(at("settings"), settings);
    writeFileSync(at("index"), "");
    const names = ["-subj", "/CN=winbox", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    openssl(
      "req",
      "-new",
      "-newkey",
      "rsa:2048",
      "-nodes",
      ...names,
      "-keyout",
      at("key.pem"),
      "-out",
      at("request.pem"),
    );
    const dates = ["-startdate", "20200101000000Z", "-enddate", "20200131000000Z"];
    const from = ["-keyfile", at("key.pem"), "-in", at("request.pem")];
    openssl(
      "ca",
      "-batch",
      "-selfsign",
      "-config",
      at("settings"),
      ...dates,
      ...from,
      "-out",
      at("cert.pem"),
      "-notext",
    );
    return { key: readFileSync(at("key.pem"), "utf8"), cert: readFileSync(at("cert.pem"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
