import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: resolve(import.meta.dirname, "../web"),
  test: { include: ["**/*.test.ts"], setupFiles: [resolve(import.meta.dirname, "page_address.ts")] },
});
