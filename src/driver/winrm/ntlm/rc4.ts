// RC4. NTLM seals messages with it, and OpenSSL 3 no longer offers it.

/** A running RC4 stream: each call continues where the last one ended. Encrypting and decrypting are the same. */
export type Rc4 = (data: Uint8Array) => Buffer;

/** Starts an RC4 stream with a key. Only for protocols that demand it: RC4 is broken. */
export function rc4(key: Uint8Array): Rc4 {
  const box = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let i = 0, j = 0; i < 256; i++) {
    const current = box[i] as number;
    j = (j + current + (key[i % key.length] as number)) & 255;
    box[i] = box[j] as number;
    box[j] = current;
  }
  let i = 0;
  let j = 0;
  return (data) => {
    const out = Buffer.allocUnsafe(data.length);
    for (let at = 0; at < data.length; at++) {
      i = (i + 1) & 255;
      const current = box[i] as number;
      j = (j + current) & 255;
      const other = box[j] as number;
      box[i] = other;
      box[j] = current;
      out[at] = (data[at] as number) ^ (box[(current + other) & 255] as number);
    }
    return out;
  };
}
