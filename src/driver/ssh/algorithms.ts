// Which algorithms a connection can offer, and which it does.
import type { Algorithms, CipherAlgorithm, KexAlgorithm } from "ssh2";
import type { SshTarget } from "./target.ts";

/** Every cipher that this client knows, best first. */
export const ciphers: readonly string[] = [
  ...["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "chacha20-poly1305@openssh.com"],
  ...["aes256-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc", "aes128-gcm", "aes256-gcm"],
];

/** Every key exchange algorithm that this client knows, best first. */
export const keyExchanges: readonly string[] = [
  ...["curve25519-sha256@libssh.org", "curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384"],
  ...["ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256"],
  ...["diffie-hellman-group15-sha512", "diffie-hellman-group16-sha512", "diffie-hellman-group17-sha512"],
  ...["diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1"],
  "diffie-hellman-group1-sha1",
];

/** As Packer, so that old machines can be reached; last, so that nobody else uses it. */
const LAST_RESORT = "diffie-hellman-group14-sha1";

/** What the template asks for and this client knows; the library's own choice and a last resort where it asks for nothing. */
export function algorithmsFor({ ciphers: asked = [], keyExchange = [] }: SshTarget): Algorithms {
  const algorithms: Algorithms = { kex: { append: LAST_RESORT } as unknown as KexAlgorithm[] };
  if (asked.length > 0) {
    algorithms.cipher = keepKnown(asked, ciphers) as CipherAlgorithm[];
  }
  if (keyExchange.length > 0) {
    algorithms.kex = keepKnown(keyExchange, keyExchanges) as KexAlgorithm[];
  }
  return algorithms;
}

/** Where nothing is known the library says so. */
function keepKnown(asked: readonly string[], known: readonly string[]): readonly string[] {
  const kept = asked.filter((name) => known.includes(name));
  return kept.length > 0 ? kept : asked;
}
