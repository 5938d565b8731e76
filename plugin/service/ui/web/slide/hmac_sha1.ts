/** HMAC-SHA1 (RFC 2104, FIPS 180-4) without the browser's own, which exists only on secure origins. */
export function hmacSha1Base64(key: string, text: string): string {
  const encode = new TextEncoder();
  let secret = encode.encode(key);
  if (secret.length > 64) secret = sha1(secret);
  const pad = (value: number) => Uint8Array.from({ length: 64 }, (_, index) => (secret[index] ?? 0) ^ value);
  const inner = sha1(joined(pad(0x36), encode.encode(text)));
  return btoa(String.fromCharCode(...sha1(joined(pad(0x5c), inner))));
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function sha1(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = ((message.length + 8) >> 6) + 1;
  const data = new DataView(new ArrayBuffer(length * 64));
  message.forEach((byte, index) => data.setUint8(index, byte));
  data.setUint8(message.length, 0x80);
  data.setUint32(length * 64 - 4, message.length * 8);
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const words = new Int32Array(80);
  const turn = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  for (let block = 0; block < length; block += 1) {
    for (let i = 0; i < 80; i += 1) {
      words[i] =
        i < 16
          ? data.getInt32(block * 64 + i * 4)
          : turn((words[i - 3] ?? 0) ^ (words[i - 8] ?? 0) ^ (words[i - 14] ?? 0) ^ (words[i - 16] ?? 0), 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let i = 0; i < 80; i += 1) {
      const mixed = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][Math.floor(i / 20)] ?? 0;
      const next = (turn(a, 5) + mixed + e + constant + (words[i] ?? 0)) | 0;
      [e, d, c, b, a] = [d, c, turn(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((value, index) => (state[index] = (state[index] ?? 0) + value));
  }
  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((value, index) => digest.setInt32(index * 4, value));
  return new Uint8Array(digest.buffer);
}
