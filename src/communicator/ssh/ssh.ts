// SSH: the usual way into a machine. Follows https://developer.hashicorp.com/packer/docs/communicators/ssh
import { defineCommunicator } from "../../sdk/communicator-kind.ts";
import { answers } from "./answers.ts";
import { sshOptions } from "./options.ts";
import { prepareSsh } from "./prepare.ts";

/** The `ssh` communicator. */
export const ssh = defineCommunicator({
  type: "ssh",
  summary: "Runs commands and copies files over SSH.",
  options: sshOptions,
  ...answers,
  prepare: prepareSsh,
  async temporaryKey(config, run) {
    return (await import("./temporary-key.ts")).makeTemporaryKey(config, run);
  },
  async provisioned(machine, config, { temporaryKey }, run) {
    if (!config.ssh_clear_authorized_keys || temporaryKey === undefined) {
      return;
    }
    await (await import("./temporary-key.ts")).takeOut(temporaryKey.name, machine, run);
  },
  async connect(config, target, run) {
    const [{ openSshCommunicator }, { makeTarget }, { connectOnce, waitForSsh }] = await Promise.all([
      import("./session.ts"),
      import("./target.ts"),
      import("./waiting.ts"),
    ]);
    run.ui.say("Waiting for SSH to become available...");
    const connection = await waitForSsh(config, () => makeTarget(config, target, run), target, run);
    run.ui.say("Connected to SSH!");
    const { host, port, credentials } = connection.target;
    return openSshCommunicator({
      connection,
      run,
      pty: config.ssh_pty,
      method: config.ssh_file_transfer_method === "sftp" ? "sftp" : "scp",
      reconnect: async (signal) =>
        connectOnce(config, await makeTarget(config, target, run), { host: run.host, signal }),
      generated: {
        Host: host,
        Port: port,
        User: credentials.username,
        Password: credentials.password ?? "",
        ConnType: "ssh",
        SSHPublicKey: config.ssh_public_key ?? target.temporaryKey?.publicKey ?? "",
        SSHPrivateKey: config.ssh_private_key ?? target.temporaryKey?.privateKey ?? target.privateKeys?.[0] ?? "",
        SSHPrivateKeyFile: config.ssh_private_key_file ?? "",
        SSHAgentAuth: config.ssh_agent_auth,
      },
    });
  },
});
