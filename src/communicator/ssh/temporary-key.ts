// Key pairs that live no longer than a build: made before the machine is, taken out of it when its provisioners are through.
import { failure } from "../../diagnostic/build-error.ts";
import { generateKeyPair, type KeyPairType } from "../../driver/ssh/key-pair.ts";
import type { Communicator } from "../../sdk/communicator.ts";
import type { TemporaryKey } from "../../sdk/communicator-kind.ts";
import type { Run } from "../../sdk/run.ts";
import type { SshConfig } from "./options.ts";

/** The key pair that the options ask for; `undefined` when the template has a key, an agent or a key pair of the cloud. */
export async function makeTemporaryKey(config: SshConfig, run: Run): Promise<TemporaryKey | undefined> {
  if (config.ssh_private_key_file) {
    run.ui.say("Using existing SSH private key");
    return undefined;
  }
  if (config.ssh_agent_auth || config.ssh_private_key || config.ssh_keypair_name) {
    return undefined;
  }
  const type = config.temporary_key_pair_type;
  if (type === "dsa") {
    throw failure("auth", "communicator/ssh-key", "A temporary key pair of the type dsa cannot be made", {
      detail: "OpenSSH has refused such keys since 2015 and no longer knows them.",
      hint: "Set temporary_key_pair_type to ed25519, ecdsa or rsa.",
    });
  }
  run.ui.say(`Creating temporary ${type.toUpperCase()} SSH key for instance...`);
  const name = config.temporary_key_pair_name || `packer_${run.host.random.uuid()}`;
  const bits = config.temporary_key_pair_bits;
  const pair = await generateKeyPair(type as KeyPairType, { comment: name, bits });
  run.hide(pair.privateKey);
  return { name, publicKey: pair.publicKey, privateKey: pair.privateKey };
}

/** Takes a key out of the user's and of root's list, by the comment it ends with. As Packer: nobody is told when that fails. */
export async function takeOut(name: string, machine: Communicator, run: Run): Promise<void> {
  run.ui.say("Trying to remove ephemeral keys from authorized_keys files");
  const silent = { stdout() {}, stderr() {} };
  const pattern = name.replaceAll(/[^\w-]/g, ".");
  for (const [sudo, file] of [
    ["", "~/.ssh/authorized_keys"],
    ["sudo ", "/root/.ssh/authorized_keys"],
  ]) {
    await machine.exec(`${sudo}sed -i.bak '/ ${pattern}$/d' ${file}; ${sudo}rm ${file}.bak`, silent, run.signal);
  }
}
