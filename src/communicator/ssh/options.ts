// Every option of the SSH communicator, as data.
import { type ConfigOf, option } from "../../sdk/option.ts";

const connection = {
  ssh_host: option.string({ description: "The host to connect to. Most builders find it out themselves." }),
  ssh_port: option.number({ description: "The port to connect to.", default: 22, min: 1, max: 65535 }),
  ssh_username: option.string({ description: "The user to log in as." }),
  ssh_password: option.string({
    description: "The password to log in with. It also answers every question of keyboard-interactive authentication.",
    sensitive: true,
  }),
  ssh_private_key_file: option.string({
    description:
      "A private key to log in with: in OpenSSH, PEM or PKCS#8 form, without a passphrase. `~` stands for the home folder. Keys with a passphrase work through `ssh_agent_auth`.",
  }),
  ssh_certificate_file: option.string({
    description: "The OpenSSH user certificate for the private key: the file that `ssh-keygen -s` wrote.",
  }),
  ssh_agent_auth: option.bool({
    description:
      "Log in with the keys and certificates of the SSH agent at `SSH_AUTH_SOCK`; no temporary key pair is made.",
    default: false,
  }),
  ssh_disable_agent_forwarding: option.bool({
    description:
      "Do not let remote commands use the local SSH agent. Otherwise they may whenever `SSH_AUTH_SOCK` is set.",
    default: false,
  }),
  ssh_pty: option.bool({
    description: "Give remote commands a terminal, which `sudo` needs on some systems.",
    default: false,
  }),
  ssh_timeout: option.duration({
    description:
      "How long to wait for SSH to become available. 5 minutes unless this or `ssh_handshake_attempts` is set; 0 waits forever.",
  }),
  ssh_wait_timeout: option.duration({
    description: "The older name of `ssh_timeout`.",
    deprecated: "Use `ssh_timeout`.",
  }),
  ssh_handshake_attempts: option.number({
    description:
      "How many log-ins may be refused before giving up. 10 unless this or `ssh_timeout` is set; 0 means any number. Refused connections do not count.",
    min: 0,
  }),
  ssh_file_transfer_method: option.string({
    description: "The protocol for files.",
    default: "scp",
    oneOf: ["scp", "sftp"],
  }),
  ssh_keep_alive_interval: option.duration({
    description: "How often to send a sign of life. A negative value sends none.",
    default: "5s",
  }),
  ssh_read_write_timeout: option.duration({
    description: "End the connection when nothing came from the server for this long. 0 waits forever.",
    default: "0s",
  }),
  ssh_ciphers: option.strings({
    description: "The ciphers to offer, best first.",
    example: ["aes128-gcm@openssh.com"],
  }),
  ssh_key_exchange_algorithms: option.strings({
    description: "The key exchange algorithms to offer, best first.",
    example: ["curve25519-sha256"],
  }),
  ssh_remote_tunnels: option.strings({
    description:
      "Ports that listen on the remote machine's loopback address and lead to a host that this machine can reach, as `PORT:HOST:PORT`, like `ssh -R`.",
    example: ["8443:git.example.com:443"],
  }),
  ssh_local_tunnels: option.strings({
    description:
      "Ports that listen on this machine's loopback address and lead to a host that the remote machine can reach, as `PORT:HOST:PORT`, like `ssh -L`.",
    example: ["8080:repo.internal:80"],
  }),
} as const;

const temporaryKeys = {
  ssh_keypair_name: option.string({
    description:
      "For builders of clouds: an existing key pair of the cloud to use; needs its private key file or the agent.",
  }),
  temporary_key_pair_name: option.string({
    description: "For builders that make a temporary key pair: its name. `packer_` and a UUID unless set.",
  }),
  temporary_key_pair_type: option.string({
    description: "The type of the temporary key pair, for builders that make one. OpenSSH refuses `dsa`.",
    default: "rsa",
    oneOf: ["dsa", "ecdsa", "ed25519", "rsa"],
  }),
  temporary_key_pair_bits: option.number({
    description:
      "The size of the temporary key: RSA from 1024 (4096 unless set), ECDSA 256, 384 or 521 (521 unless set).",
  }),
  ssh_clear_authorized_keys: option.bool({
    description: "For builders that make a temporary key pair: take it out of `authorized_keys` after provisioning.",
    default: false,
  }),
  ssh_interface: option.string({
    description:
      "For builders of clouds: which address of the machine to connect to: `public_ip`, `private_ip`, `public_dns`, `private_dns`.",
  }),
  ssh_ip_version: option.string({ description: "The IP version of the address to connect to.", oneOf: ["4", "6"] }),
  ssh_public_key: option.string({ description: "Filled in by builders: the public half of the key pair." }),
  ssh_private_key: option.string({
    description: "Filled in by builders: the private half of the key pair.",
    sensitive: true,
  }),
} as const;

const route = {
  ssh_bastion_host: option.string({
    description: "A bastion (jump) host to go through. Not together with `ssh_proxy_host`.",
  }),
  ssh_bastion_port: option.number({ description: "The bastion's port.", default: 22, min: 1, max: 65535 }),
  ssh_bastion_username: option.string({ description: "The user to log in to the bastion as." }),
  ssh_bastion_password: option.string({ description: "The password for the bastion.", sensitive: true }),
  ssh_bastion_interactive: option.bool({
    description: "Ask the person at the terminal what the bastion asks.",
    default: false,
  }),
  ssh_bastion_private_key_file: option.string({
    description: "The private key for the bastion. `ssh_private_key_file` and its certificate unless set.",
  }),
  ssh_bastion_certificate_file: option.string({ description: "The certificate for the bastion's private key." }),
  ssh_bastion_agent_auth: option.bool({ description: "Log in to the bastion with the SSH agent.", default: false }),
  ssh_proxy_host: option.string({
    description:
      "A SOCKS5 proxy to go through. Unlike Packer: `http://HOST` goes through an HTTP proxy that allows CONNECT.",
  }),
  ssh_proxy_port: option.number({ description: "The proxy's port.", default: 1080, min: 1, max: 65535 }),
  ssh_proxy_username: option.string({ description: "The user for the proxy." }),
  ssh_proxy_password: option.string({ description: "The password for the proxy.", sensitive: true }),
} as const;

/** The options of the SSH communicator. */
export const sshOptions = Object.freeze({ ...connection, ...temporaryKeys, ...route });

/** The finished configuration of the SSH communicator. */
export type SshConfig = ConfigOf<typeof sshOptions>;
