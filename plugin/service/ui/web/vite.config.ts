import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { notice } from "./third_party_notice.ts";

const listed = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tools.json"), "utf-8")) as { key: string }[];
const pages = ["index", "docs", ...listed.map((tool) => tool.key)];

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: {
    outDir: resolve(import.meta.dirname, "../dist"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    rollupOptions: {
      input: Object.fromEntries(pages.map((page) => [page, resolve(import.meta.dirname, `${page}.html`)])),
    },
  },
  plugins: [notice()],
});
