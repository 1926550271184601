// How VNC proves that a password is known: DES of the server's challenge, with the password as the key.

/** The answer to a challenge of 16 bytes. */
export async function encryptChallenge(challenge: Uint8Array, password: string): Promise<Uint8Array> {
  const { createCipheriv } = await import("node:crypto");
  const key = Buffer.alloc(8);
  Buffer.from(password, "utf8").copy(key);
  // VNC reads the bits of every byte of the key from the other end.
  const mirrored = key.map(mirror);
  // OpenSSL keeps single DES among its legacy parts; three times with the same key, the middle one backwards, is the same.
  const cipher = createCipheriv("des-ede3", Buffer.concat([mirrored, mirrored, mirrored]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}

function mirror(byte: number): number {
  let mirrored = 0;
  for (let bit = 0; bit < 8; bit++) {
    mirrored = (mirrored << 1) | ((byte >> bit) & 1);
  }
  return mirrored;
}
