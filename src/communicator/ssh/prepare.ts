// What the option schema cannot say: files that must exist, options that need or exclude each other.

import { ciphers, keyExchanges } from "../../driver/ssh/algorithms.ts";
import type { PrepareContext } from "../../sdk/component.ts";
import type { SshConfig } from "./options.ts";
import { parseTunnel } from "./tunnels.ts";

/** Checks a configuration, in Packer's words where it has some. */
export async function prepareSsh(config: SshConfig, context: PrepareContext): Promise<void> {
  if (!config.ssh_username && !context.isPending("ssh_username")) {
    context.problem(
      "ssh_username",
      'An ssh_username must be specified\n  Note: some builders used to default ssh_username to "root".',
    );
  }
  checkBits(config, context);
  if (
    config.ssh_certificate_file !== undefined &&
    config.ssh_private_key_file === undefined &&
    !config.ssh_private_key
  ) {
    context.problem(
      "ssh_certificate_file",
      "ssh_private_key_file must be specified if ssh_certificate_file is specified",
    );
  }
  checkAlgorithms(config, context);
  await checkKey(config, context, "ssh_private_key_file", "ssh_certificate_file");
  await checkBastion(config, context);
  for (const option of ["ssh_local_tunnels", "ssh_remote_tunnels"] as const) {
    for (const text of config[option]) {
      const tunnel = parseTunnel(text, option === "ssh_local_tunnels" ? "here" : "there");
      if ("problem" in tunnel) {
        context.problem(option, `${option} ('${text}') is invalid: ${tunnel.problem}`, {
          hint: "Write PORT:HOST:PORT, such as 8080:example.com:80.",
        });
      }
    }
  }
}

function checkBits(config: SshConfig, context: PrepareContext): void {
  const { temporary_key_pair_type: type, temporary_key_pair_bits: bits } = config;
  if (type === "dsa") {
    context.warn(
      "temporary_key_pair_type",
      "OpenSSH refuses DSA keys: by default since version 7.0, and since version 10 it does not know them at all; use ed25519 or rsa",
    );
  }
  if (!bits || type === undefined) {
    return;
  }
  if (type === "rsa" && bits < 1024) {
    context.problem("temporary_key_pair_bits", "temporary_key_pair_bits must be at least 1024 for rsa keys", {
      hint: "Use 4096.",
    });
  }
  if (type === "ecdsa" && ![256, 384, 521].includes(bits)) {
    context.problem("temporary_key_pair_bits", "temporary_key_pair_bits must be 256, 384 or 521 for ecdsa keys");
  }
}

function checkAlgorithms(config: SshConfig, context: PrepareContext): void {
  for (const [option, known] of [
    ["ssh_ciphers", ciphers],
    ["ssh_key_exchange_algorithms", keyExchanges],
  ] as const) {
    const unknown = config[option].filter((name) => !known.includes(name));
    if (unknown.length === 0 || context.isPending(option)) {
      continue;
    }
    const names = unknown.map((name) => `"${name}"`).join(", ");
    if (unknown.length === config[option].length) {
      context.problem(option, `None of ${option} is known: ${names}`, { hint: `Known are ${known.join(", ")}.` });
    } else {
      context.warn(option, `${option} has what this client does not know and cannot offer: ${names}`);
    }
  }
}

async function checkBastion(config: SshConfig, context: PrepareContext): Promise<void> {
  if (config.ssh_bastion_host === undefined || config.ssh_bastion_host === "") {
    return;
  }
  if (config.ssh_proxy_host) {
    context.problem("ssh_bastion_host", "please specify either ssh_bastion_host or ssh_proxy_host, not both");
  }
  const keyFile = config.ssh_bastion_private_key_file ?? config.ssh_private_key_file;
  const canLogIn =
    config.ssh_bastion_password || keyFile || config.ssh_bastion_agent_auth || config.ssh_bastion_interactive;
  if (!canLogIn) {
    context.problem(
      "ssh_bastion_host",
      "ssh_bastion_password, ssh_bastion_private_key_file or ssh_bastion_agent_auth must be specified",
    );
  }
  if (config.ssh_bastion_certificate_file !== undefined && keyFile === undefined && !config.ssh_bastion_agent_auth) {
    context.problem(
      "ssh_bastion_certificate_file",
      "ssh_bastion_private_key_file must be specified if ssh_bastion_certificate_file is specified",
    );
  }
  await checkKey(config, context, "ssh_bastion_private_key_file", "ssh_bastion_certificate_file");
}

async function checkKey(
  config: SshConfig,
  context: PrepareContext,
  keyOption: "ssh_private_key_file" | "ssh_bastion_private_key_file",
  certificateOption: "ssh_certificate_file" | "ssh_bastion_certificate_file",
): Promise<void> {
  const { [keyOption]: keyFile, [certificateOption]: certificateFile } = config;
  if (keyFile === undefined || keyFile === "" || context.isPending(keyOption) || context.isPending(certificateOption)) {
    return;
  }
  const { readKeyFiles } = await import("./keys.ts");
  const key = await readKeyFiles(context.host, keyFile, certificateFile, Date.now());
  if ("problem" in key) {
    context.problem(keyOption, `${keyOption} is invalid: ${key.problem}`, { hint: key.hint });
  }
}
