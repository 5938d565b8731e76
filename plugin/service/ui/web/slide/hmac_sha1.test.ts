import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { hmacSha1Base64 } from "./hmac_sha1";

const digest = (key: string, text: string) => createHmac("sha1", key).update(text).digest("base64");

test("a known digest comes out (RFC 2202, cases 1 and 2)", () => {
  const hex = (base64: string) => Buffer.from(base64, "base64").toString("hex");
  expect(hex(hmacSha1Base64("\x0b".repeat(20), "Hi There"))).toBe("b617318655057264e28bc0b6fb378c8ef146be00");
  expect(hex(hmacSha1Base64("Jefe", "what do ya want for nothing?"))).toBe("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
});

test.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000])("%i bytes of key and text make what Node makes", (count) => {
  const [key, text] = ["k".repeat(count), "GET\n\n\n".repeat(count).slice(0, count)];
  expect(hmacSha1Base64(key, text)).toBe(digest(key, text));
});

test("letters beyond ASCII are UTF-8", () => {
  expect(hmacSha1Base64("schlüssel", "测试组织")).toBe(digest("schlüssel", "测试组织"));
});
