// The password hash bcrypt, after "A Future-Adaptable Password Scheme" by Provos and Mazières.
import { newBlowfish } from "./blowfish.ts";

/** The hash of a password of at most 72 bytes, with a salt of 16 bytes, in the form `$2a$cost$salt+hash`. */
export function bcryptHash(password: Uint8Array, salt: Uint8Array, cost: number): string {
  const key = Uint8Array.from([...password, 0]);
  const cipher = newBlowfish();
  cipher.expandKey(key, salt);
  for (let round = 2 ** cost; round > 0; round--) {
    cipher.expandKey(key);
    cipher.expandKey(salt);
  }
  const words = new Uint32Array(6);
  const text = new DataView(new TextEncoder().encode("OrpheanBeholderScryDoubt").buffer);
  for (let i = 0; i < 6; i++) {
    words[i] = text.getUint32(i * 4);
  }
  for (let round = 0; round < 64; round++) {
    for (let i = 0; i < 6; i += 2) {
      cipher.encrypt(words, i);
    }
  }
  const hash = new DataView(new ArrayBuffer(24));
  words.forEach((word, i) => {
    hash.setUint32(i * 4, word);
  });
  // The last byte is left out, as everywhere.
  return `$2a$${String(cost).padStart(2, "0")}$${base64(salt)}${base64(new Uint8Array(hash.buffer, 0, 23))}`;
}

const usual = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ofBcrypt = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Base64 with other characters and without anything to fill it up. */
function base64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return text.replace(/./g, (digit) => ofBcrypt.charAt(usual.indexOf(digit)));
}
