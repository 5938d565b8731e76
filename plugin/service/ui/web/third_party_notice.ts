import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

interface PackageDescription {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string };
}

/** Writes THIRD-PARTY-NOTICES.txt: every package of which a line is in the bundle, with its licence text. */
export function notice(): Plugin {
  return {
    name: "third-party-notice",
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        for (const module of Object.keys(chunk.modules)) {
          const folder = packageFolder(module);
          if (folder) folders.add(folder);
        }
      }
      const source = [...folders].sort().map(describe).join(`\n${"-".repeat(79)}\n\n`);
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source });
    },
  };
}

function packageFolder(module: string): string | null {
  const found = module.replaceAll("\\", "/").match(/^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  return found?.[1] ?? null;
}

function describe(folder: string): string {
  const description = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageDescription;
  const author = typeof description.author === "string" ? description.author : description.author?.name;
  const head = `${description.name} ${description.version}\nLicence: ${description.license ?? "see below"}\n`;
  const texts = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|notice|copying)/i.test(name) || name.endsWith(".LICENSE.txt"))
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8").trim());
  return `${head}${author ? `Author: ${author}\n` : ""}\n${texts.join("\n\n") || "(the package ships no licence file)"}\n`;
}
